import SnapkeepCore

/// How large a serial may be. Nobody has counted up to these bounds: a number beyond them was written by other hands, or by a damaged disk.
enum SerialBounds {
    /// The highest that a reader of a state takes: up to here whole numbers are exact for every reader of JSON.
    static let readable = 1 << 53

    /// Whether a history, a journal or what remains of a state is believed. Far below `readable`, so that what goes on above it can be read.
    static func isCredible(_ serial: Int) -> Bool { (0..<1 << 52).contains(serial) }

    /// Whether a state with this serial can be gone on with: the next one must be readable, too.
    static func leavesRoom(_ serial: Int) -> Bool { serial < readable }
}

extension JSONReader {
    /// Takes a serial that something beside the state tells of.
    mutating func credibleSerial() throws(JSONProblem) -> Int {
        let start = offset
        let serial = try int()
        if !SerialBounds.isCredible(serial) { throw JSONProblem(.value, at: start, "no run can have reached the serial \(serial)") }
        return serial
    }
}
