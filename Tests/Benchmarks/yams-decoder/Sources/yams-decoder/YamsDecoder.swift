import Foundation
import Yams

struct Manifest: Decodable {
    struct Snapshot: Decodable {
        var name: String
        var volume_id: String
        var description: String?
        var force: Bool?
        var metadata: [String: String]?
    }

    var snapshots: [Snapshot]
}

@main
struct YamsDecoder {
    static func main() throws {
        let text = try String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8)
        print(try YAMLDecoder().decode(Manifest.self, from: text).snapshots.count)
    }
}
