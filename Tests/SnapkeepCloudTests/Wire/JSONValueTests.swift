import Testing

@testable import SnapkeepCloud

@Suite("Answers as JSON")
struct JSONValueTests {
    // What a client of any cloud must take: numbers in every form, an ignorable byte order mark, members that come twice.
    @Test(
        "JSON is taken as the standard has it",
        arguments: [
            ("\"a\\u00e4\\ud83d\\udcbe\"", .string("aä💾")), (" null ", .null), ("true", .bool(true)), ("[]", .array([])),
            ("{}", .object([:])),
            ("40", .integer(40)), ("-1", .integer(-1)), ("1.0", .integer(1)), ("1e3", .integer(1000)), ("0.5", .number(0.5)),
            ("18446744073709551616", .number(18_446_744_073_709_551_616)), ("\u{FEFF}{\"a\":[1]}", .object(["a": .array([.integer(1)])])),
            ("{\"a\":1,\"a\":2}", .object(["a": .integer(1)])), ("{\"a\\u0062\":\"\"}", .object(["ab": .string("")])),
        ] as [(String, JSONValue)])
    func taken(text: String, value: JSONValue) { #expect(JSONValue(parsing: Array(text.utf8)) == value, "\(text)") }

    @Test(
        "P9: what is not JSON is no answer",
        arguments: ["", " ", "{", "[1,]", "{\"a\"}", "nul", "1e999", "01", "'a'", "\"a", "\"\\ud83d\"", "\"a\nb\"", "{} {}", "<html>"])
    func refused(text: String) { #expect(JSONValue(parsing: Array(text.utf8)) == nil, "\(text)") }

    @Test("P9: bytes that are not UTF-8 are no answer")
    func otherBytes() {
        #expect(JSONValue(parsing: [0x22, 0xE9, 0x22]) == nil)
        #expect(JSONValue(parsing: [0x22, 0xC3, 0xA9, 0x22]) == .string("é"))
    }

    @Test("P9: what lies deeper than any answer of the API is read over, and a bottomless one is refused")
    func depth() {
        func nested(_ levels: Int) -> JSONValue? {
            JSONValue(parsing: Array((String(repeating: "[", count: levels) + "1" + String(repeating: "]", count: levels)).utf8))
        }
        func unpacked(_ value: JSONValue?) -> (levels: Int, core: JSONValue?) {
            var (levels, current) = (0, value)
            while case .array(let values)? = current {
                levels += 1
                current = values.first
            }
            return (levels, current)
        }
        #expect(unpacked(nested(8)) == (8, .integer(1)))
        #expect(unpacked(nested(9)) == (8, .null))
        #expect(unpacked(nested(60)) == (8, .null))
        #expect(nested(100_000) == nil)
    }
}
