import SnapkeepCore

/// A key's bytes.
typealias EtcdKey = [UInt8]

/// One key with its value, as etcd answers it.
struct EtcdKeyValue: Hashable, Sendable {
    var key: EtcdKey = []
    var value: [UInt8] = []
    /// The revision at which the key was made; another one after each deletion.
    var createRevision = 0
    /// The revision of the last change.
    var modRevision = 0
    /// 0 where the key is not bound to a lease.
    var lease = 0
}

/// What keys are asked for, or deleted.
struct EtcdSpan: Hashable, Sendable {
    var start: EtcdKey
    /// The first key behind the span; `nil` for one key alone.
    var end: EtcdKey?

    /// One key.
    init(key: EtcdKey) { start = key }

    /// The keys from one to before another.
    init(from start: EtcdKey, to end: EtcdKey) {
        self.start = start
        self.end = end
    }

    /// All keys that begin with a text, whose last byte must not be 255.
    init(prefix: EtcdKey) {
        start = prefix
        end = prefix.dropLast() + [prefix[prefix.count - 1] + 1]
    }
}

/// A read.
struct EtcdRange: Hashable, Sendable {
    var span: EtcdSpan
    /// The most keys that are answered; 0 for all.
    var limit = 0
    /// The revision that is read; 0 for the newest.
    var revision = 0
    /// From the last key on backwards.
    var isDescending = false
    /// Whether the values are left out.
    var isKeysOnly = false
}

/// One step of a transaction.
enum EtcdOperation: Hashable, Sendable {
    case put(EtcdKey, [UInt8], lease: Int = 0)
    case delete(EtcdSpan)
    case range(EtcdRange)
}

/// What must be so for a transaction to be carried out.
enum EtcdCondition: Hashable, Sendable {
    /// The key was made at this revision and not deleted since; 0 where there must be no such key.
    case created(EtcdKey, at: Int)
    /// The key was changed last at this revision; 0 where there must be no such key.
    case modified(EtcdKey, at: Int)
    /// There is such a key.
    case exists(EtcdKey)
}

/// What a read answers.
struct EtcdRangeAnswer: Hashable, Sendable {
    var keys: [EtcdKeyValue] = []
    /// Whether there are keys behind the last one.
    var hasMore = false

    /// How many bytes the keys and their values have.
    var size: Int { keys.reduce(0) { $0 + $1.key.count + $1.value.count } }
}

/// What a transaction answers.
struct EtcdTransactionAnswer: Hashable, Sendable {
    var revision = 0
    /// Whether the conditions held, so that the first list of steps was carried out.
    var succeeded = false
    /// Of each step; reads have answers, others `nil`.
    var ranges: [EtcdRangeAnswer?] = []
}

/// What a lease is.
struct EtcdLease: Hashable, Sendable {
    var id = 0
    /// Seconds; below 1 for a lease that is gone.
    var remaining = 0
    /// Seconds that it was granted for.
    var granted = 0
}

// MARK: Bodies of requests

extension JSONWriter {
    /// Writes bytes as a Base64 text.
    private mutating func field(_ name: String, base64 bytes: [UInt8]) {
        var text: [UInt8] = [0x22]
        Base64.append(bytes, to: &text)
        text.append(0x22)
        key(name)
        append(encoded: text)
    }

    /// Writes a 64-bit number as the gateway has it: a text. Zero is left out.
    private mutating func field(_ name: String, long number: Int) { if number != 0 { field(name, String(number)) } }

    private mutating func members(of span: EtcdSpan) {
        field("key", base64: span.start)
        if let end = span.end { field("range_end", base64: end) }
    }

    mutating func members(of range: EtcdRange) {
        members(of: range.span)
        field("limit", long: range.limit)
        field("revision", long: range.revision)
        if range.isDescending { field("sort_order", "DESCEND") }
        if range.isKeysOnly { field("keys_only", true) }
    }

    mutating func members(of operation: EtcdOperation) {
        switch operation {
        case .put(let key, let value, let lease):
            object("request_put") { writer in
                writer.field("key", base64: key)
                writer.field("value", base64: value)
                writer.field("lease", long: lease)
            }
        case .delete(let span): object("request_delete_range") { $0.members(of: span) }
        case .range(let range): object("request_range") { $0.members(of: range) }
        }
    }

    mutating func members(of condition: EtcdCondition) {
        switch condition {
        case .created(let key, let revision):
            field("key", base64: key)
            field("target", "CREATE")
            field("result", "EQUAL")
            field("create_revision", String(revision))
        case .modified(let key, let revision):
            field("key", base64: key)
            field("target", "MOD")
            field("result", "EQUAL")
            field("mod_revision", String(revision))
        case .exists(let key):
            field("key", base64: key)
            field("target", "CREATE")
            field("result", "GREATER")
            field("create_revision", "0")
        }
    }
}

extension EtcdOperation {
    /// How much of a request it takes up, in bytes before Base64.
    var size: Int {
        switch self {
        case .put(let key, let value, _): key.count + value.count + 64
        case .delete(let span): span.start.count + (span.end?.count ?? 0) + 64
        case .range(let range): range.span.start.count + (range.span.end?.count ?? 0) + 64
        }
    }
}

// MARK: Answers

/// What every answer says of the cluster.
struct EtcdHeader: Hashable, Sendable {
    var cluster = ""
    var revision = 0
}

extension JSONReader {
    /// Takes a 64-bit number, which gateways write as a text.
    mutating func long() throws(JSONProblem) -> Int {
        guard nextIsString() else { return try int() }
        let text = try text()
        guard let bytes = text.plainBytes, (1...20).contains(bytes.count), let number = Int(String(decoding: bytes, as: UTF8.self)) else {
            throw JSONProblem(.value, at: text.offset, "expected a whole number of 64 bits")
        }
        return number
    }

    /// Takes bytes in Base64.
    mutating func base64() throws(JSONProblem) -> [UInt8] {
        let text = try text()
        guard let plain = text.plainBytes, let bytes = Base64.decode(plain) else {
            throw JSONProblem(.value, at: text.offset, "expected Base64")
        }
        return bytes
    }

    mutating func etcdHeader() throws(JSONProblem) -> EtcdHeader {
        var header = EtcdHeader()
        try beginObject()
        while let key = try nextKey() {
            if key.isEqual(to: "cluster_id") {
                header.cluster = nextIsString() ? try string() : String(decoding: try number(), as: UTF8.self)
                if header.cluster.utf8.count > 20 { throw JSONProblem(.value, at: offset, "expected the id of a cluster") }
            } else if key.isEqual(to: "revision") {
                header.revision = try long()
            } else {
                try skip()
            }
        }
        return header
    }

    /// Takes the members of a read's answer.
    mutating func etcdRange(_ header: inout EtcdHeader) throws(JSONProblem) -> EtcdRangeAnswer {
        var answer = EtcdRangeAnswer()
        try beginObject()
        while let key = try nextKey() {
            if key.isEqual(to: "kvs") {
                try beginArray()
                while try nextElement() { answer.keys.append(try etcdKeyValue()) }
            } else if key.isEqual(to: "more") {
                answer.hasMore = try bool()
            } else if key.isEqual(to: "header") {
                header = try etcdHeader()
            } else {
                try skip()
            }
        }
        return answer
    }

    private mutating func etcdKeyValue() throws(JSONProblem) -> EtcdKeyValue {
        var found = EtcdKeyValue()
        try beginObject()
        while let key = try nextKey() {
            if key.isEqual(to: "key") {
                found.key = try base64()
            } else if key.isEqual(to: "value") {
                found.value = try base64()
            } else if key.isEqual(to: "create_revision") {
                found.createRevision = try long()
            } else if key.isEqual(to: "mod_revision") {
                found.modRevision = try long()
            } else if key.isEqual(to: "lease") {
                found.lease = try long()
            } else {
                try skip()
            }
        }
        return found
    }

    mutating func etcdTransaction(_ header: inout EtcdHeader) throws(JSONProblem) -> EtcdTransactionAnswer {
        var answer = EtcdTransactionAnswer()
        try beginObject()
        while let key = try nextKey() {
            if key.isEqual(to: "header") {
                header = try etcdHeader()
            } else if key.isEqual(to: "succeeded") {
                answer.succeeded = try bool()
            } else if key.isEqual(to: "responses") {
                try beginArray()
                while try nextElement() { answer.ranges.append(try etcdStep()) }
            } else {
                try skip()
            }
        }
        answer.revision = header.revision
        return answer
    }

    private mutating func etcdStep() throws(JSONProblem) -> EtcdRangeAnswer? {
        var answer: EtcdRangeAnswer?
        try beginObject()
        while let key = try nextKey() {
            if key.isEqual(to: "response_range") {
                var inner = EtcdHeader()
                answer = try etcdRange(&inner)
            } else {
                try skip()
            }
        }
        return answer
    }

    /// Takes the answer of `lease/grant`, `lease/timetolive`, and what `lease/keepalive` wraps into `result`.
    mutating func etcdLease(_ header: inout EtcdHeader) throws(JSONProblem) -> EtcdLease {
        var lease = EtcdLease()
        try beginObject()
        while let key = try nextKey() {
            if key.isEqual(to: "header") {
                header = try etcdHeader()
            } else if key.isEqual(to: "result") {
                lease = try etcdLease(&header)
            } else if key.isEqual(to: "ID") {
                lease.id = try long()
            } else if key.isEqual(to: "TTL") {
                lease.remaining = try long()
            } else if key.isEqual(to: "grantedTTL") {
                lease.granted = try long()
            } else {
                try skip()
            }
        }
        return lease
    }
}
