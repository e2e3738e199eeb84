import SnapkeepCore

/// Writes one JSON object on one line. Fields keep the order in which they are added.
package struct JSONLine: JSONObjectWriting {
    private var bytes: [UInt8] = [0x7B]

    /// An object without fields.
    package init() {}

    package mutating func field(_ name: String, _ value: String) {
        begin(name)
        append(quoted: value)
    }

    package mutating func field(_ name: String, _ value: Int) {
        begin(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func field(_ name: String, _ value: Bool) {
        begin(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func field(_ name: String, _ value: [String]) {
        begin(name)
        bytes.append(0x5B)
        for (index, element) in value.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            append(quoted: element)
        }
        bytes.append(0x5D)
    }

    /// A field that is left out where there is no value.
    mutating func field(_ name: String, _ value: String?) { if let value { field(name, value) } }

    /// A field that is left out where there is no value.
    mutating func field(_ name: String, _ value: Int?) { if let value { field(name, value) } }

    mutating func field(_ name: String, _ value: JSONLine) {
        begin(name)
        bytes.append(contentsOf: value.bytes)
        bytes.append(0x7D)
    }

    mutating func field(_ name: String, _ values: [JSONLine]) {
        begin(name)
        bytes.append(0x5B)
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            bytes.append(contentsOf: value.bytes)
            bytes.append(0x7D)
        }
        bytes.append(0x5D)
    }

    package mutating func field<Element>(_ name: String, objects: [Element], _ write: (Element, inout Self) -> Void) {
        field(
            name,
            objects.map { element in
                var object = JSONLine()
                write(element, &object)
                return object
            })
    }

    /// The object, without a line end.
    var encoded: [UInt8] { bytes + [0x7D] }

    /// The object, without a line end.
    var text: String { String(decoding: encoded, as: UTF8.self) }

    /// What stands between the braces.
    var members: ArraySlice<UInt8> { bytes.dropFirst() }

    private mutating func begin(_ name: String) {
        if bytes.count > 1 { bytes.append(0x2C) }
        append(quoted: name)
        bytes.append(0x3A)
    }

    // More is escaped than JSON asks for: the line may be read on a terminal (P9).
    private mutating func append(quoted text: String) {
        bytes.append(0x22)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                bytes.append(0x5C)
                bytes.append(UInt8(scalar.value))
            case _ where VisibleText.mustEscape(scalar):
                for unit in UTF16.encode(scalar)! {
                    let digits = String(unit, radix: 16)
                    bytes.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
                }
            default: bytes.append(contentsOf: UTF8.encode(scalar)!)
            }
        }
        bytes.append(0x22)
    }
}
