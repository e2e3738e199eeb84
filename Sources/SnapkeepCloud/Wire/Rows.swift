import SnapkeepCore
import SnapkeepEngine

/// Why an answer is not what the API describes.
struct WireProblem: Error, Hashable {
    /// One clause about the answer, without text of the server's.
    var message: String

    init(_ message: String) { self.message = message }
}

extension ObservedSnapshot {
    /// Reads one snapshot. Unknown fields are ignored; what is missing or odd is `nil` where the API allows that (CloudAPI#create).
    init(wire value: JSONValue) throws(WireProblem) {
        guard case .object = value else { throw WireProblem("a snapshot in the answer is not an object") }
        guard let id = value["id"]?.string.flatMap({ SnapshotID($0) }) else {
            throw WireProblem("a snapshot in the answer has no usable id")
        }
        guard let volumeID = value["volume_id"]?.string.flatMap({ VolumeID($0) }) else {
            throw WireProblem("snapshot \(id) in the answer has no usable volume_id")
        }
        let description = value["description"]?.scalarText ?? ""
        self.init(
            id: id, volumeID: volumeID, name: value["name"]?.scalarText, description: description.isEmpty ? nil : description,
            metadata: Metadata(wire: value["metadata"]), status: SnapshotStatus(value["status"]?.scalarText ?? "unknown"),
            size: value["size"]?.wholeNumber.flatMap { $0 >= 0 ? $0 : nil },
            progress: value["os-extended-snapshot-attributes:progress"].flatMap(Self.percent),
            createdAt: value["created_at"]?.string.flatMap { Timestamp($0) },
            updatedAt: value["updated_at"]?.string.flatMap { Timestamp($0) })
    }

    /// `"37%"`, `"37"` or `37`.
    private static func percent(_ value: JSONValue) -> Int? {
        let number: Int?
        if let text = value.string, text.hasSuffix("%") {
            number = Int(text.dropLast())
        } else {
            number = value.wholeNumber
        }
        return number.flatMap { (0...100).contains($0) ? $0 : nil }
    }

    /// Reads the rows of a list. A foreign row that cannot be read is left out; one that may be ours is a problem: a look-up that
    /// misses our snapshot would make a second one (P1).
    static func rows(of values: [JSONValue]) throws(WireProblem) -> [ObservedSnapshot] {
        var snapshots: [ObservedSnapshot] = []
        snapshots.reserveCapacity(values.count)
        for value in values {
            do throws(WireProblem) {
                snapshots.append(try ObservedSnapshot(wire: value))
            } catch {
                // A snapshot of ours had a usable id and volume when it was made, and carries our stamp.
                guard case .object = value, !carriesStamp(value["metadata"]) else { throw error }
            }
        }
        return snapshots
    }

    private static func carriesStamp(_ metadata: JSONValue?) -> Bool {
        switch metadata {
        case nil, .null: false
        case .object(let members): members.keys.contains { $0.hasPrefix(Stamp.prefix) }
        // Unreadable metadata may hold a stamp.
        default: true
        }
    }
}

extension ObservedVolume {
    /// Reads one volume (CloudAPI#volumes).
    init(wire value: JSONValue) throws(WireProblem) {
        guard let id = value["id"]?.string.flatMap({ VolumeID($0) }) else { throw WireProblem("a volume in the answer has no usable id") }
        self.init(
            id: id, name: value["name"]?.scalarText, status: value["status"]?.scalarText ?? "unknown",
            size: value["size"]?.wholeNumber.flatMap { $0 >= 0 ? $0 : nil }, metadata: Metadata(wire: value["metadata"]))
    }
}

extension Metadata {
    /// Null and absent are no metadata; values that are not texts become texts (CloudAPI#metadata).
    init(wire value: JSONValue?) {
        guard case .object(let members)? = value else {
            self.init()
            return
        }
        self.init(members.mapValues(\.text))
    }
}

extension JSONValue {
    /// A text, or a plain value as text; `nil` for null and for composites.
    var scalarText: String? {
        switch self {
        case .string, .bool, .integer, .number: text
        case .null, .array, .object: nil
        }
    }
}
