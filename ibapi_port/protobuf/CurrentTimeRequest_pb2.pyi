from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CurrentTimeRequest(Message):
    def __init__(self) -> None: ...
