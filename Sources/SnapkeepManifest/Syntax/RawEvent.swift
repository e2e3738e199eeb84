import CLibYAML

/// What is taken of one of libyaml's events, before anchors are followed and limits are checked. What it points at is good until the next
/// one is asked for.
struct RawEvent {
    var kind: Event.Kind
    var style = Event.Style.plain
    var place: Place
    /// The line it ends on, from 1.
    var endLine: UInt32
    /// Where it ends, in code points from the start of the text.
    var endIndex: UInt32
    /// The bytes of a scalar, UTF-8.
    var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The name that a node is given, or that an alias repeats. Ends with a zero, as the tag does.
    var anchor: UnsafeMutablePointer<UInt8>?
    var tag: UnsafeMutablePointer<UInt8>?

    @inline(__always)
    init(_ event: UnsafePointer<yaml_event_t>) {
        place = Place(from: event.pointee.start_mark, to: event.pointee.end_mark)
        endLine = UInt32(truncatingIfNeeded: event.pointee.end_mark.line) &+ 1
        endIndex = UInt32(truncatingIfNeeded: event.pointee.end_mark.index)
        switch event.pointee.type {
        case YAML_SCALAR_EVENT:
            kind = .scalar
            let scalar = event.pointee.data.scalar
            style =
                switch scalar.style {
                case YAML_PLAIN_SCALAR_STYLE: .plain
                case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
                default: .quoted
                }
            text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            (anchor, tag) = (scalar.anchor, scalar.tag)
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            (anchor, tag) = (event.pointee.data.mapping_start.anchor, event.pointee.data.mapping_start.tag)
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            (anchor, tag) = (event.pointee.data.sequence_start.anchor, event.pointee.data.sequence_start.tag)
        case YAML_ALIAS_EVENT:
            kind = .alias
            anchor = event.pointee.data.alias.anchor
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        // The stream's start is passed over by the parser, and behind its end there is nothing.
        default: kind = .streamEnd
        }
    }

    init(_ kind: Event.Kind, style: Event.Style, place: Place, endLine: UInt32, endIndex: UInt32) {
        self.kind = kind
        self.style = style
        self.place = place
        self.endLine = endLine
        self.endIndex = endIndex
    }
}
