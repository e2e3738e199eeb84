import FoundationEssentials
import SnapkeepCore
import SnapkeepEngine

/// `{"snapshot": {…}}` of a create. Fields that are `nil` are left out: upstream refuses unknown ones, and an explicit
/// `"force": false` is an error on new servers (CloudAPI#force).
struct CreateBody: Encodable {
    struct Snapshot: Encodable {
        var volume_id: String
        var name: String
        var description: String?
        var force: Bool?
        var metadata: [String: String]?
    }

    var snapshot: Snapshot

    init(_ request: CreationRequest) {
        snapshot = Snapshot(
            volume_id: request.volumeID.text, name: request.name, description: request.description, force: request.force ? true : nil,
            metadata: request.metadata.isEmpty ? nil : request.metadata.dictionary)
    }
}

/// `{"snapshot": {"name", "description"}}` of an update. A description is cleared by the empty text: absence would leave it, and
/// the empty text is taken by every dialect (CloudAPI#update).
struct UpdateBody: Encodable {
    struct Snapshot: Encodable {
        var name: String
        var description: String
    }

    var snapshot: Snapshot
}

/// `{"metadata": {…}}` of a merge (CloudAPI#metadata).
struct MetadataBody: Encodable {
    var metadata: [String: String]
}

extension Encodable {
    /// JSON with sorted keys, so that equal requests are equal bytes.
    func encodedBody() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, booleans and maps of texts always encode.
        return Array(try! encoder.encode(self))
    }
}

extension Metadata {
    var dictionary: [String: String] {
        Dictionary(entries.map { ($0.key, $0.value) }) { _, last in last }
    }
}
