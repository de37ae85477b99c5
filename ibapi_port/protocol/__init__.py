"""The wire protocol of TWS, declared once as data: messages, framing, handshake. It does no I/O.

Each room imports from those above it only:

    exceptions, framing, handshake
    schema      the declarations: field types, nodes, messages
    text        the text wire: interpreter, compiler, codec
    protobuf    the same messages as Protocol Buffers
    select      the codec of a server version
    inspect     frames and declarations shown to people

The terms that are used throughout:

    field type        how one value is read and written
    node              what stands at one place of a message: a field, a condition, a repeated group
    message version   a version number within an older message, beside the version of the server
    interpreter       reads and writes by a declaration, field by field; it names what is wrong
    compiled function made of a declaration for one server version, when it is first used
    fast path         the part of a compiled writer for orders whose attributes are mostly defaults
    default fields    the attributes of an order that programs seldom set
    canonical         as both encodings take it: a value of Python's own, of the field's type
    binding           which Protocol Buffers message a declared message is, and where its values are
    object mapping    which fields of a Protocol Buffers message fill which attributes of a class
    raw callback      a ...ProtoBuf callback, which gets a message as it came
    server side       what the simulated TWS reads and writes
"""
