import SnapkeepCore
import SnapkeepManifest
import Testing

@Suite("Lists of volumes for the sandbox")
struct VolumeListTests {
    @Test(
        "a mapping, a bare list, and JSON say the same",
        arguments: [
            "volumes:\n  - {id: \(ordersID), name: orders, size: 20, status: in-use}\n  - id: \(billingID)\n",
            "- {id: \(ordersID.uppercased()), name: orders, size: 20, status: in-use}\n- {id: \(billingID), name: ~}\n",
            #"{"volumes": [{"id": "\#(ordersID)", "name": "orders", "size": 20, "status": "in-use"}, {"id": "\#(billingID)"}]}"#,
        ])
    func forms(_ text: String) throws {
        let (volumes, diagnostics) = VolumeListReader.read(SourceFile(name: "v.yaml", bytes: Array(text.utf8)))
        #expect(diagnostics == [])
        let (orders, billing) = (try #require(VolumeID(ordersID)), try #require(VolumeID(billingID)))
        #expect(volumes == [ListedVolume(id: orders, name: "orders", size: 20, status: "in-use"), ListedVolume(id: billing)])
    }

    @Test("P9: mistakes are named at their places, and the good volumes are kept")
    func mistakes() throws {
        let marked = MarkedText(
            """
            volumes:
              - {id: \(ordersID), «nam»: x}
              - {id: «orders»}
              - {id: \(billingID), size: «0», status: «gone», «size»: 3}
              - {id: «\(ordersID)»}
              - «{»name: x}
              - «7»

            """)
        let (volumes, diagnostics) = VolumeListReader.read(marked.source("volumes.yaml"))
        #expect(diagnostics.compactMap { $0.range?.start } == marked.ranges.map(\.start))
        #expect(volumes.map(\.id.text) == [ordersID, billingID])
        try expectGolden(rendered(diagnostics, [marked.source("volumes.yaml")]), "volume-list.txt")
    }

    @Test("an empty file is an error, an empty list is not")
    func empty() {
        #expect(VolumeListReader.read(SourceFile(name: "v", bytes: [])).diagnostics.map(\.code) == ["empty-file"])
        #expect(VolumeListReader.read(SourceFile(name: "v", bytes: Array("volumes: []".utf8))).diagnostics == [])
    }
}
