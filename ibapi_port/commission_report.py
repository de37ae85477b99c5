"""The name that ``commission_and_fees_report`` had before API 10.35."""

from ibapi_port.commission_and_fees_report import CommissionAndFeesReport as CommissionReport
from ibapi_port.object_implem import Object
from ibapi_port.utils import floatMaxString, intMaxString

__all__ = ["CommissionReport", "Object", "floatMaxString", "intMaxString"]
