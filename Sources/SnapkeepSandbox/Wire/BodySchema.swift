/// Checks request bodies in the order and with the messages of the real service (measured; README of the Cinder lab).
struct BodySchema {
    let dialect: SandboxDialect

    /// The object under `name`.
    func envelope(_ body: JSONValue?, _ name: String) throws(APIError) -> [JSONMember] {
        guard case .object(let members)? = body else {
            throw APIError.badRequest("\(QuotedValue.literal(body ?? .null)) is not of type 'object'")
        }
        guard let value = members.first(where: { $0.name == name })?.value else {
            throw APIError.badRequest("'\(name)' is a required property")
        }
        guard case .object(let inner) = value else {
            throw refuse(name, value, "\(QuotedValue.literal(value)) is not of type 'object'")
        }
        return inner
    }

    /// Refuses members of the body beside the one expected.
    func refuseOthers(_ body: JSONValue?, than name: String, or others: Set<String> = []) throws(APIError) {
        guard case .object(let members)? = body else { return }
        if let message = additional(members.map(\.name), allowed: others.union([name])) { throw APIError.badRequest(message) }
    }

    /// Refuses members of the object called `field` that are not among those allowed.
    func refuseUnknown(_ members: [JSONMember], allowed: Set<String>, in field: String) throws(APIError) {
        if let message = additional(members.map(\.name), allowed: allowed) { throw refuse(field, .object(members), message) }
    }

    /// The name; a client of old may call it `display_name`.
    func name(_ members: [JSONMember]) throws(APIError) -> String?? {
        try either(members, "name", "display_name", code: "EVS.1003")
    }

    /// The description of an update; a client of old may call it `display_description`.
    func description(_ members: [JSONMember]) throws(APIError) -> String?? {
        try either(members, "description", "display_description", code: "EVS.1004")
    }

    /// Those names of version 1 that the service still takes (measured); Huawei does not document them.
    func oldNames(_ names: Set<String>) -> Set<String> {
        dialect == .openstack ? names : []
    }

    private func either(_ members: [JSONMember], _ field: String, _ oldName: String, code: String) throws(APIError) -> String?? {
        let old = dialect == .openstack ? try text(members, oldName, code: code) : nil
        return try text(members, field, code: code) ?? old
    }

    /// A name or description of a volume: any character will do, and the length is told in other words than a snapshot's (measured). A client
    /// of old gives it another name.
    func freeText(_ members: [JSONMember], _ field: String, _ oldName: String, code: String) throws(APIError) -> String?? {
        let old = dialect == .openstack ? try text(members, oldName, code: code, isFree: true) : nil
        return try text(members, field, code: code, isFree: true) ?? old
    }

    /// A name or description: a text of at most 255 characters (Huawei: bytes), or null. The outer nil means absence.
    func text(_ members: [JSONMember], _ field: String, code: String, isFree: Bool = false) throws(APIError) -> String?? {
        guard let value = members.first(where: { $0.name == field })?.value else { return .none }
        switch value {
        case .null: return .some(nil)
        case .string(let text):
            let length = dialect == .huawei ? text.utf8.count : text.unicodeScalars.count
            guard length <= 255 || !isFree else {
                throw .badRequest("Invalid input received: \(field) has \(length) characters, more than 255.", code: code)
            }
            guard length <= 255 else { throw refuse(field, value, "\(QuotedValue.literal(text)) is too long", code: code) }
            // Only a description is held to printable characters; a name is not (CloudAPI#texts).
            guard isFree || !field.hasSuffix("description") || PrintableText.isAllowed(text) else {
                throw refuse(field, value, "\(QuotedValue.literal(text)) does not match '^[\\ -\\~\\\u{a1}-\\\u{ffee}]*$'", code: code)
            }
            return .some(PrintableText.trimmed(text))
        default:
            throw refuse(field, value, "\(QuotedValue.literal(value)) is not of type 'string', 'null'", code: code)
        }
    }

    /// A volume id, which looks like a UUID; nil when it is missing. Upstream lets null pass, and then finds no volume of that name.
    func volumeID(_ members: [JSONMember]) throws(APIError) -> String? {
        guard let value = members.first(where: { $0.name == "volume_id" })?.value else { return nil }
        if value == .null, dialect == .openstack { return QuotedValue.literal(value) }
        guard case .string(let id) = value, UUIDText.isUUIDLike(id) else {
            throw refuse(
                "volume_id", value, "\(QuotedValue.literal(value)) is not valid under any of the given schemas", code: "EVS.1002")
        }
        return id
    }

    /// The force flag: a boolean, or one of the words the service takes for one.
    func force(_ members: [JSONMember]) throws(APIError) -> Bool? {
        guard let value = members.first(where: { $0.name == "force" })?.value else { return nil }
        switch value {
        case .bool(let flag): return flag
        case .string(let word):
            if Self.trueWords.contains(word) { return true }
            if Self.falseWords.contains(word) { return false }
            let words = ["True"] + Self.trueWords.map(QuotedValue.literal) + ["False"] + Self.falseWords.map(QuotedValue.literal)
            throw refuse("force", value, "\(QuotedValue.literal(word)) is not one of [\(words.joined(separator: ", "))]")
        default:
            throw refuse("force", value, "\(QuotedValue.literal(value)) is not of type 'boolean', 'string'")
        }
    }

    /// Metadata: an object of texts, or null where that is allowed.
    ///
    /// - Parameter allowsSlash: a creation takes a slash in keys, the metadata calls do not (CloudAPI#metadata).
    func metadata(
        _ value: JSONValue?, of field: String = "metadata", allowsSlash: Bool, allowsNull: Bool
    ) throws(APIError) -> [String: String] {
        let code = "EVS.1025"
        guard let value, value != .null || !allowsNull else { return [:] }
        guard case .object(let members) = value else {
            let types = allowsNull ? "'object', 'null'" : "'object'"
            throw refuse(field, value, "\(QuotedValue.literal(value)) is not of type \(types)", code: code)
        }
        var map: [String: String] = [:]
        var refused: [String] = []
        for member in members {
            guard Self.isKey(member.name, allowsSlash: allowsSlash) else {
                refused.append(member.name)
                continue
            }
            guard case .string(let text) = member.value else {
                throw refuse(member.name, member.value, "\(QuotedValue.literal(member.value)) is not of type 'string'", code: code)
            }
            guard text.unicodeScalars.count <= 255 else {
                throw refuse(member.name, member.value, "\(QuotedValue.literal(text)) is too long", code: code)
            }
            map[member.name] = text
        }
        guard refused.isEmpty else {
            let pattern = allowsSlash ? "^[a-zA-Z0-9-_:. /]{1,255}$" : "^[a-zA-Z0-9-_:. ]{1,255}$"
            let names = refused.sorted().map(QuotedValue.literal).joined(separator: ", ")
            let verb = refused.count == 1 ? "does" : "do"
            throw refuse(field, value, "\(names) \(verb) not match any of the regexes: '\(pattern)'", code: code)
        }
        return map
    }

    func refuse(_ field: String, _ value: JSONValue, _ message: String, code: String = "EVS.5400") -> APIError {
        .badRequest("Invalid input for field/attribute \(field). Value: \(QuotedValue.plain(value)). \(message)", code: code)
    }

    private func additional(_ names: [String], allowed: Set<String>) -> String? {
        let extra = names.filter { !allowed.contains($0) }
        guard !extra.isEmpty else { return nil }
        let list = extra.map(QuotedValue.literal).joined(separator: ", ")
        return "Additional properties are not allowed (\(list) \(extra.count == 1 ? "was" : "were") unexpected)"
    }

    private static func isKey(_ key: String, allowsSlash: Bool) -> Bool {
        guard (1...255).contains(key.utf8.count) else { return false }
        return key.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: " "): true
            case UInt8(ascii: "/"): allowsSlash
            default: false
            }
        }
    }

    private static let trueWords = ["True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t"]
    private static let falseWords = ["False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f"]
}
