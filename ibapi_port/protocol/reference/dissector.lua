-- Dissector of the TWS API for Wireshark and tshark.
--
-- Made from the declarations of ibapi_port (MIT licence); do not edit: the next one replaces it.
-- Put it into Wireshark's folder for personal Lua plugins, or:  tshark -X lua_script:ibapi.lua ...
--
-- A connection is known by its greeting ("API"), on whatever port, or by the ports in the
-- preferences. Where the capture begins later than the connection, set the server version there.

local UNSET_INTEGER = 2147483647
local UNSET_DOUBLE = 1.7976931348623157e308
local LIMIT = 16 * 1024 * 1024 -- bytes of a frame
local RAW_ID_SINCE = @RAW_ID_SINCE@ -- from this server version on a message id is a 4-byte int
local PROTOBUF_OFFSET = @PROTOBUF_OFFSET@ -- an id above this is a Protocol Buffers message

-- Truth as the declarations mean it: neither nothing, nor an empty text, nor 0.
local function set(value)
    return value ~= nil and value ~= "" and value ~= 0
end

@DATA@

-- fields that can be filtered: ibapi.reqId, ibapi.contract.symbol, ...

local proto = Proto("ibapi", "TWS API")
local made = {}
local all = {
    length = ProtoField.uint32("ibapi.frame.length", "Length"),
    id = ProtoField.uint32("ibapi.frame.id", "Message id"),
    name = ProtoField.string("ibapi.frame.message", "Message"),
    version = ProtoField.uint32("ibapi.frame.server_version", "Server version"),
}
for path, kind in pairs(FIELDS) do
    local make = ProtoField[kind]
    made[path] = make("ibapi." .. path, path)
    all["field " .. path] = made[path]
end
proto.fields = all

local misfit = ProtoExpert.new("ibapi.misfit", "The frame does not fit its message",
    expert.group.MALFORMED, expert.severity.WARN)
proto.experts = { misfit }
proto.prefs.ports = Pref.range("TCP ports", "4001-4002,7496-7497", "where TWS listens", 65535)
proto.prefs.server_version = Pref.uint("Server version", 0,
    "of connections whose greeting is not in the capture")

local stream_of = Field.new("tcp.stream")
local streams = {}

function proto.init()
    streams = {}
end

-- Show a field under the tree; typed where its text has a value of that type.
local function show(tree, range, path, value, text)
    local field = made[(path:gsub("%[%d+%]", ""))]
    local item
    if field == nil or value == nil or value == "" then
        item = tree:add(range, "")
    else
        item = tree:add(field, range, value)
    end
    item:set_text(path .. ": " .. text)
end

-- --- text ---

local Reader = {}
Reader.__index = Reader

local function join(scope, path)
    if scope == "" then return path end
    if path == "" then return scope end
    return scope .. "." .. path
end

local function reader(tvb, version, tree)
    local self = setmetatable({
        tvb = tvb, at = 0, size = tvb:len(), server_version = version, tree = tree, values = {},
        message_version = 1000000,
    }, Reader)
    local left = 0
    for n = 0, self.size - 1 do
        if tvb(n, 1):uint() == 0 then left = left + 1 end
    end
    self.left = left -- fields that are still to come
    return self
end

-- Take the text of the next field, with its bytes; nil at the end.
function Reader:take()
    if self.left == 0 then return nil end
    local first = self.at
    local last = first
    while self.tvb(last, 1):uint() ~= 0 do last = last + 1 end
    self.at = last + 1
    self.left = self.left - 1
    local range = self.tvb(first, last - first + 1)
    if last == first then return "", range end
    return self.tvb(first, last - first):string(ENC_UTF_8), range
end

local NAMED = {
    inf = math.huge, infinity = math.huge, ["-inf"] = -math.huge, ["-infinity"] = -math.huge,
    nan = 0 / 0,
}

local function number(text)
    return NAMED[text:lower()] or tonumber(text)
end

local READ = {
    int = function(text) if text == "" then return 0 end return number(text) end,
    int_unset = function(text) if text == "" then return UNSET_INTEGER end return number(text) end,
    real = function(text) if text == "" then return 0 end return number(text) end,
    real_unset = function(text) if text == "" then return UNSET_DOUBLE end return number(text) end,
    text = function(text) return text end,
}

local typed

-- Read a field and show it; its value, or nil at the end of the frame.
function Reader:field(path, kind)
    local text, range = self:take()
    if text == nil then
        self:fail(path .. " is missing")
        return nil
    end
    local value = READ[kind](text)
    if value == nil then
        self:fail(path .. " is no number: " .. text)
        value = 0
        self.tree:add(range, ""):set_text(path .. ": " .. text)
        return value
    end
    show(self.tree, range, path, typed(path, text), text)
    self.values[path] = value
    return value
end

-- The value of a text as the type of its filter field, or nil.
typed = function(path, text)
    local kind = FIELDS[(path:gsub("%[%d+%]", ""))]
    if kind == nil or kind == "string" then return text end
    local value = number(text)
    if kind == "int32" then
        if value == nil or value ~= math.floor(value) or math.abs(value) > 2147483648 then
            return nil
        end
    end
    return value
end

function Reader:fail(reason)
    if not self.failed then
        self.failed = true
        self.tree:add_proto_expert_info(misfit, "The frame does not fit: " .. reason)
    end
end

local KINDS = {}

function Reader:nodes(nodes, scope)
    for _, node in ipairs(nodes) do
        if self.failed then return end
        local version = self.server_version
        local mine = node.m == nil
            or (node.m > 0 and self.message_version >= node.m)
            or (node.m < 0 and self.message_version < -node.m)
        if version >= (node.s or 0) and version < (node.u or 1000000) and mine then
            KINDS[node.k](self, node, scope)
        end
    end
end

function KINDS.field(self, node, scope)
    local value = self:field(join(scope, node.p), node.t)
    if node.also then self.values[join(scope, node.also)] = value end
end

function KINDS.version(self, node)
    local value = self:field("version", node.t)
    if type(value) == "number" then self.message_version = value end
end

function KINDS.fixed(self)
    self:field("(not used)", "text")
end

function KINDS.when(self, node, scope)
    if node.c(self.values) then self:nodes(node.n, scope) end
end

function KINDS.present(self, node, scope)
    local path = join(scope, node.p)
    if set(self:field(path, "int")) then self:nodes(node.n, path) end
end

function KINDS.rows(self, node, scope)
    local path = join(scope, node.p)
    local count = self:field(path .. ".count", "int")
    if count == nil then return end
    if count > self.left then
        self:fail(string.format("%s: %d rows, %d fields left", path, count, self.left))
        return
    end
    self.values[path] = math.max(count, 0)
    for n = 0, count - 1 do
        if self.failed then return end
        local row = string.format("%s[%d]", path, n)
        if node.cases then
            local tag = self:field(join(row, node.tag), "int")
            local case = tag ~= nil and node.cases[tag]
            if not case then
                self:fail(string.format("%s: there is no kind %s", row, tostring(tag)))
                return
            end
            self:nodes(case, row)
        else
            self:nodes(node.n, row)
        end
    end
end

local function text_frame(tvb, version, message, tree)
    local read = reader(tvb, version, tree)
    if message ~= nil then read:nodes(message.n, "") end
    local n = 0
    while true do
        local text, range = read:take()
        if text == nil then break end
        n = n + 1
        tree:add(range, ""):set_text(string.format("(unknown %d): %s", n, text))
    end
    if read.at < read.size then
        tree:add_proto_expert_info(misfit, "The last field has no end")
    end
end

-- --- Protocol Buffers ---

-- A varint at an offset: its low and high 32 bits, and where it ends; nil if it does not end.
local function varint(tvb, at)
    local low, high, shift = 0, 0, 0
    while at < tvb:len() and shift < 70 do
        local byte = tvb(at, 1):uint()
        local bits = byte % 128
        at = at + 1
        if shift < 28 then
            low = low + bits * 2 ^ shift
        elseif shift == 28 then
            low = low + (bits % 16) * 2 ^ 28
            high = math.floor(bits / 16)
        elseif shift < 63 then
            high = (high + bits * 2 ^ (shift - 32)) % 2 ^ 32
        else
            high = (high + (bits % 2) * 2 ^ 31) % 2 ^ 32
        end
        shift = shift + 7
        if byte < 128 then return low, high, at end
    end
    return nil
end

local function signed(low)
    if low >= 2 ^ 31 then return low - 2 ^ 32 end
    return low
end

local SCALARS = { int32 = true, int64 = true, bool = true, double = true }
local message_fields

-- Show one value of a message; where it ends, or nil if it does not fit.
local function protobuf_value(tvb, at, wire, path, field, tree, start)
    local kind = field and field[2]
    if wire == 0 then
        local low, high, stop = varint(tvb, at)
        if low == nil then return nil end
        local range = tvb(start, stop - start)
        if kind == "bool" then
            show(tree, range, path, low ~= 0 and 1 or 0, low ~= 0 and "true" or "false")
        elseif kind == "int32" then
            show(tree, range, path, signed(low), string.format("%d", signed(low)))
        else
            local text = tostring(Int64.new(low, high))
            show(tree, range, path, text, text)
        end
        return stop
    elseif wire == 1 then
        if at + 8 > tvb:len() then return nil end
        local value = tvb(at, 8):le_float()
        show(tree, tvb(start, at + 8 - start), path, value, string.format("%.17g", value))
        return at + 8
    elseif wire == 5 then
        if at + 4 > tvb:len() then return nil end
        local value = tvb(at, 4):le_uint()
        show(tree, tvb(start, at + 4 - start), path, nil, tostring(value))
        return at + 4
    elseif wire ~= 2 then
        return nil
    end
    local size, _, first = varint(tvb, at)
    if size == nil or first + size > tvb:len() then return nil end
    local stop = first + size
    local range = tvb(start, stop - start)
    if kind == "map" or PROTOBUF[kind] then
        local branch = tree:add(range, "")
        branch:set_text(path)
        if size > 0 then
            local fields = kind == "map" and PAIR or PROTOBUF[kind]
            message_fields(tvb(first, size):tvb(), fields, path, branch)
        end
    else
        local text = size > 0 and tvb(first, size):string(ENC_UTF_8) or ""
        show(tree, range, path, text, text)
    end
    return stop
end

-- Show the values of a repeated field that stand in one piece.
local function packed_values(tvb, at, path, field, tree)
    local size, _, first = varint(tvb, at)
    if size == nil or first + size > tvb:len() then return nil end
    local n = 0
    at = first
    while at ~= nil and at < first + size do
        local wire = field[2] == "double" and 1 or 0
        at = protobuf_value(tvb, at, wire, string.format("%s[%d]", path, n), field, tree, at)
        n = n + 1
    end
    return at
end

function message_fields(tvb, fields, scope, tree)
    local at = 0
    local counts = {}
    while at < tvb:len() do
        local start = at
        local key, _, after = varint(tvb, at)
        local stop
        if key ~= nil then
            local number, wire = math.floor(key / 8), key % 8
            local field = fields[number]
            local path = join(scope, field and field[1] or string.format("#%d", number))
            local packed = field and field[3] and wire == 2 and SCALARS[field[2]]
            if field and field[3] and not packed then
                counts[number] = (counts[number] or -1) + 1
                path = string.format("%s[%d]", path, counts[number])
            end
            if packed then
                stop = packed_values(tvb, after, path, field, tree)
            else
                stop = protobuf_value(tvb, after, wire, path, field, tree, start)
            end
        end
        if stop == nil then
            tree:add_proto_expert_info(misfit, "These bytes are no Protocol Buffers message")
            return
        end
        at = stop
    end
end

-- --- frames ---

local function is_greeting(tvb, offset)
    return tvb:len() - offset >= 4 and tvb(offset, 4):uint() == 0x41504900
end

local function pdu_length(tvb, pinfo, offset)
    if is_greeting(tvb, offset) then return 4 end
    local length = tvb(offset, 4):uint()
    if length > LIMIT then return tvb:len() - offset end
    return 4 + length
end

local function state_of(pinfo)
    local stream = stream_of().value
    local state = streams[stream]
    if state == nil then
        state = {}
        streams[stream] = state
    end
    return state
end

local function listens(port)
    for first, last in tostring(proto.prefs.ports):gmatch("(%d+)%-?(%d*)") do
        if port >= tonumber(first) and port <= (tonumber(last) or tonumber(first)) then
            return true
        end
    end
    return false
end

local names = {}

local function titled(tree, name, id)
    tree:set_text("TWS API, " .. name)
    if id ~= nil then tree:append_text(string.format(" (%d)", id)) end
    names[#names + 1] = name
end

local function offer_or_answer(payload, state, from_tws, tree)
    local text = payload:len() > 0 and payload():string() or ""
    if not from_tws then
        titled(tree, "offer of versions")
        tree:add(payload(), ""):set_text("versions: " .. text)
        return
    end
    titled(tree, "server version")
    local read = reader(payload, 0, tree)
    local version, range = read:take()
    state.version = tonumber(version or "")
    if state.version == nil or state.version < 0 then
        tree:add(payload(), ""):set_text("no server version: " .. text)
        return
    end
    tree:add(all.version, range, state.version)
    local time, there = read:take()
    if time ~= nil then tree:add(there, ""):set_text("time: " .. time) end
end

local function message_frame(payload, version, from_tws, tree)
    local messages = from_tws and FROM_TWS or FROM_CLIENT
    local id, rest
    local protobuf = false
    if version >= RAW_ID_SINCE then
        if payload:len() < 4 then
            tree:add_proto_expert_info(misfit, "The frame has no message id")
            return
        end
        id = payload(0, 4):uint()
        rest = 4
        if id > PROTOBUF_OFFSET then
            id = id - PROTOBUF_OFFSET
            protobuf = true
        end
    else
        local text, range = reader(payload, version, tree):take()
        id = tonumber(text or "")
        if id == nil then
            tree:add_proto_expert_info(misfit, "The frame has no message id")
            return
        end
        rest = range:len()
    end
    local message = messages[id]
    local name = message and message.name or "unknown message"
    titled(tree, name, id)
    if protobuf then tree:append_text(", Protocol Buffers") end
    tree:add(all.id, payload(0, rest), id)
    tree:add(all.name, payload(0, rest), name)
    if rest >= payload:len() then
        if not protobuf and message ~= nil and #message.n > 0 then
            text_frame(payload(rest):tvb(), version, message, tree)
        end
        return
    end
    local body = payload(rest):tvb()
    if protobuf then
        local fields = message and message.pb and PROTOBUF[message.pb] or {}
        message_fields(body, fields, "", tree)
    else
        text_frame(body, version, message, tree)
    end
end

local function one_pdu(tvb, pinfo, root)
    local state = state_of(pinfo)
    local key = string.format("%d:%d", pinfo.number, tvb:offset())
    local tree = root:add(proto, tvb())
    if is_greeting(tvb, 0) then
        titled(tree, "greeting")
        state.client = pinfo.src_port
        return tvb:len()
    end
    tree:add(all.length, tvb(0, 4))
    if tvb:len() <= 4 then
        titled(tree, "empty frame")
        return tvb:len()
    end
    if tvb(0, 4):uint() > LIMIT then
        titled(tree, "no frame")
        tree:add_proto_expert_info(misfit, "The length is over the limit of a frame")
        return tvb:len()
    end
    local from_tws
    if state.client ~= nil then
        from_tws = pinfo.src_port ~= state.client
    else
        from_tws = listens(pinfo.src_port)
    end
    local payload = tvb(4):tvb()
    if state.client ~= nil then
        -- the first frame of each side belongs to the greeting; it is so when shown again, too
        local side = from_tws and "answer" or "offer"
        if state[side] == nil then state[side] = key end
        if state[side] == key then
            offer_or_answer(payload, state, from_tws, tree)
            return tvb:len()
        end
    end
    local version = state.version
    if version == nil and proto.prefs.server_version > 0 then version = proto.prefs.server_version end
    if version == nil then
        titled(tree, "message of an unknown server version")
        return tvb:len()
    end
    message_frame(payload, version, from_tws, tree)
    return tvb:len()
end

function proto.dissector(tvb, pinfo, root)
    pinfo.cols.protocol = "TWS API"
    names = {}
    dissect_tcp_pdus(tvb, root, 4, pdu_length, one_pdu)
    if #names > 0 then pinfo.cols.info = table.concat(names, ", ") end
end

local function heuristic(tvb, pinfo, root)
    if not is_greeting(tvb, 0) then return false end
    pinfo.conversation = proto
    proto.dissector(tvb, pinfo, root)
    return true
end

proto:register_heuristic("tcp", heuristic)

local tcp_ports = DissectorTable.get("tcp.port")
local listening = ""

local function listen()
    if listening ~= proto.prefs.ports then
        if listening ~= "" then tcp_ports:remove(listening, proto) end
        listening = proto.prefs.ports
        if listening ~= "" then tcp_ports:add(listening, proto) end
    end
end

proto.prefs_changed = listen
listen()
