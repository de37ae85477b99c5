from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedScalarFieldContainer
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ApiSettingsConfig(Message):
    readOnlyApi: bool
    totalQuantityForMutualFunds: bool
    downloadOpenOrdersOnConnection: bool
    includeVirtualFxPositions: bool
    prepareDailyPnL: bool
    sendStatusUpdatesForVolatilityOrders: bool
    encodeApiMessages: str
    socketPort: int
    useNegativeAutoRange: bool
    createApiMessageLogFile: bool
    includeMarketDataInLogFile: bool
    exposeTradingScheduleToApi: bool
    splitInsuredDepositFromCashBalance: bool
    sendZeroPositionsForTodayOnly: bool
    letApiAccountRequestsSwitchSubscription: bool
    useAccountGroupsWithAllocationMethods: bool
    loggingLevel: str
    masterClientId: int
    bulkDataTimeout: int
    componentExchSeparator: str
    showForexDataIn1_10Pips: bool
    allowForexTradingIn1_10Pips: bool
    roundAccountValuesToNearestWholeNumber: bool
    sendMarketDataInLotsForUsStocks: bool
    showAdvancedOrderRejectInUi: bool
    rejectMessagesAboveMaxRate: bool
    maintainConnectionOnIncorrectFields: bool
    compatibilityModeNasdaqStocks: bool
    sendInstrumentTimezone: str
    sendForexDataInCompatibilityMode: bool
    maintainAndResubmitOrdersOnReconnect: bool
    historicalDataMaxSize: int
    autoReportNettingEventContractTrades: bool
    optionExerciseRequestType: str
    allowLocalhostOnly: bool
    @property
    def trustedIPs(self) -> RepeatedScalarFieldContainer[str]: ...
    def __init__(
        self,
        *,
        readOnlyApi: bool | None = None,
        totalQuantityForMutualFunds: bool | None = None,
        downloadOpenOrdersOnConnection: bool | None = None,
        includeVirtualFxPositions: bool | None = None,
        prepareDailyPnL: bool | None = None,
        sendStatusUpdatesForVolatilityOrders: bool | None = None,
        encodeApiMessages: str | None = None,
        socketPort: int | None = None,
        useNegativeAutoRange: bool | None = None,
        createApiMessageLogFile: bool | None = None,
        includeMarketDataInLogFile: bool | None = None,
        exposeTradingScheduleToApi: bool | None = None,
        splitInsuredDepositFromCashBalance: bool | None = None,
        sendZeroPositionsForTodayOnly: bool | None = None,
        letApiAccountRequestsSwitchSubscription: bool | None = None,
        useAccountGroupsWithAllocationMethods: bool | None = None,
        loggingLevel: str | None = None,
        masterClientId: int | None = None,
        bulkDataTimeout: int | None = None,
        componentExchSeparator: str | None = None,
        showForexDataIn1_10Pips: bool | None = None,
        allowForexTradingIn1_10Pips: bool | None = None,
        roundAccountValuesToNearestWholeNumber: bool | None = None,
        sendMarketDataInLotsForUsStocks: bool | None = None,
        showAdvancedOrderRejectInUi: bool | None = None,
        rejectMessagesAboveMaxRate: bool | None = None,
        maintainConnectionOnIncorrectFields: bool | None = None,
        compatibilityModeNasdaqStocks: bool | None = None,
        sendInstrumentTimezone: str | None = None,
        sendForexDataInCompatibilityMode: bool | None = None,
        maintainAndResubmitOrdersOnReconnect: bool | None = None,
        historicalDataMaxSize: int | None = None,
        autoReportNettingEventContractTrades: bool | None = None,
        optionExerciseRequestType: str | None = None,
        allowLocalhostOnly: bool | None = None,
        trustedIPs: Iterable[str] | None = None,
    ) -> None: ...
