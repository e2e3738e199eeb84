import Foundation
import SnapkeepCore
import SnapkeepManifest
import Testing

@testable import SnapkeepRendering
@testable import SnapkeepState
@testable import snapkeep

/// The JSON Schemas that are printed. What is written is held against them by a validator in `Tests/Integration/outputs`.
@Suite struct PublishedSchemaTests {
    @Test(arguments: PublishedSchema.allCases)
    func `a schema changes only with what it describes`(kind: PublishedSchema) {
        GoldenScreen.expect(kind.text(program: "0.0.0"), is: "schema-\(kind.rawValue).json")
    }

    @Test(arguments: PublishedSchema.allCases)
    func `a schema is one JSON document that names its dialect, its version and its subject`(kind: PublishedSchema) throws {
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(kind.text(program: "0.0.0").utf8)) as? [String: Any])
        #expect(document["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        #expect(document["$id"] as? String == "urn:snapkeep:schema:\(kind.rawValue):1:0.0.0")
        #expect((document["title"] as? String)?.hasPrefix("snapkeep ") == true)
    }

    /// The names of the members that a kind of document has, as its writers and readers know them.
    private static let fields: [(PublishedSchema, [[String]])] = [
        (
            .plan,
            [
                names(PlanField.self), names(BasisField.self), names(OptionField.self), names(CountField.self), names(SummaryField.self),
                names(DriftField.self), names(ChangeField.self), names(ActionName.self), names(DifferenceField.self), names(SpecField.self),
                names(VolumeField.self), names(PlaceField.self), names(RotationPlanField.self), names(StandingField.self),
                names(EditField.self), names(MatchField.self), names(KeptField.self), names(SuspensionWord.self),
                names(RememberedField.self), names(RulesField.self), names(ExpiryField.self), names(SurpassedField.self),
                names(ExpiryWord.self), names(DiagnosticField.self),
                names(RecordField.self, without: [.sum]), names(IntentField.self, without: [.sum]),
            ]
        ),
        (
            .events,
            [names(CauseWord.self), names(FaultWord.self), names(RefusalWord.self), names(StopWord.self), names(DiagnosticField.self)]
        ),
        (.status, [names(StatusField.self), names(StandingField.self)]), (.history, [names(HistoryEntry.Field.self)]),
        (
            .simulation,
            [names(SimulationField.self), names(SimulatedField.self), names(SimulatedKeptField.self), names(LoadField.self)]
        ), (.diagnostics, [names(DiagnosticField.self)]),
    ]

    private static func names<Field: RawRepresentable & CaseIterable & Equatable>(_: Field.Type, without absent: [Field] = []) -> [String]
    where Field.RawValue == String { Field.allCases.filter { !absent.contains($0) }.map(\.rawValue) }

    @Test func `each name that is written stands in the schema`() {
        for (kind, lists) in Self.fields {
            let text = kind.text(program: "0.0.0")
            for name in lists.joined() { #expect(text.contains("\"\(name)\""), "\(kind.rawValue): \(name)") }
        }
    }

    @Test(arguments: ["progress.jsonl", "report.jsonl", "failures.jsonl"])
    func `each member of an event stands in its schema`(file: String) throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(PublishedSchema.events.text(program: "0.0.0").utf8)) as? [String: Any])
        var events: [String: (known: Set<String>, required: Set<String>)] = [:]
        for one in try #require(schema["oneOf"] as? [[String: Any]]) {
            let members = try #require(one["properties"] as? [String: [String: Any]])
            let name = try #require(members["event"]?["const"] as? String)
            let required = try #require(one["required"] as? [String])
            events[name] = (Set(members.keys), Set(required))
        }
        let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Golden/"
        for line in try String(contentsOfFile: folder + file, encoding: .utf8).split(separator: "\n") {
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let name = try #require(event["event"] as? String)
            let (known, required) = try #require(events[name])
            #expect(required.isSubset(of: event.keys) && Set(event.keys).isSubset(of: known), "\(line)")
        }
    }

    @Test func `an object is closed, and what it may leave out is not required`() throws {
        let schema = JSONSchema.object(
            "An object.", optional: ["b"],
            [("a", .number("A number.", from: nil)), ("b", .shared(.init("part", .text("A text.", pattern: "^x$")), "Here."))]
        ).needing(["b": ["a"]])
        #expect(
            String(decoding: schema.document(id: "urn:x", title: "t"), as: UTF8.self) == #"""
                {
                  "$schema":"https://json-schema.org/draft/2020-12/schema",
                  "$id":"urn:x",
                  "title":"t",
                  "type":"object",
                  "description":"An object.",
                  "additionalProperties":false,
                  "required":["a"],
                  "properties":{
                    "a":{"type":"integer","description":"A number."},
                    "b":{"$ref":"#/$defs/part","description":"Here."}
                  },
                  "dependentRequired":{"b":["a"]},
                  "$defs":{
                    "part":{"type":"string","pattern":"^x$","description":"A text."}
                  }
                }

                """#)
    }
}
