/// Where the open mappings and lists start, and where the one that was closed last did: what a message about a wrong indent points at.
struct Outline {
    private(set) var open: [Place] = []
    private(set) var lastClosed: Place?

    mutating func open(_ place: Place) { open.append(place) }

    mutating func close() { lastClosed = open.popLast() ?? lastClosed }
}
