import CLibYAML

/// The one owner of a libyaml parser and of the event it produced last.
///
/// libyaml keeps a pointer to its own parser, so that lives on the heap and never moves. The bytes belong to the caller and must
/// outlive this value. The encoding is left to libyaml's own detection: told "UTF-8", it would count a byte order mark as a column.
struct YAMLParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let event: UnsafeMutablePointer<yaml_event_t>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        event = .allocate(capacity: 1)
        event.initialize(to: yaml_event_t())
        parser.initialize(to: yaml_parser_t())
        let ready = yaml_parser_initialize(parser)
        precondition(ready == 1, "out of memory")
        yaml_parser_set_input_string(parser, bytes.baseAddress ?? UnsafePointer(bitPattern: 1)!, bytes.count)
    }

    deinit {
        yaml_event_delete(event)
        yaml_parser_delete(parser)
        event.deallocate()
        parser.deallocate()
    }

    /// The event of the last `advance`; its memory goes with the next one.
    var current: Event {
        @inline(__always) get {
            let place = Place(from: event.pointee.start_mark, to: event.pointee.end_mark)
            switch event.pointee.type {
            case YAML_SCALAR_EVENT:
                let scalar = event.pointee.data.scalar
                let style: Event.Style =
                    switch scalar.style {
                    case YAML_PLAIN_SCALAR_STYLE: .plain
                    case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
                    default: .quoted
                    }
                return Event(.scalar, style: style, place: place, text: UnsafeBufferPointer(start: scalar.value, count: scalar.length))
            case YAML_MAPPING_START_EVENT: return Event(.mappingStart, place: place)
            case YAML_MAPPING_END_EVENT: return Event(.mappingEnd, place: place)
            case YAML_SEQUENCE_START_EVENT: return Event(.sequenceStart, place: place)
            case YAML_SEQUENCE_END_EVENT: return Event(.sequenceEnd, place: place)
            case YAML_ALIAS_EVENT: return Event(.alias, place: place)
            case YAML_DOCUMENT_START_EVENT: return Event(.documentStart, place: place)
            case YAML_DOCUMENT_END_EVENT: return Event(.documentEnd, place: place)
            // The stream's start is passed over by `advance`, and behind its end there is nothing.
            default: return Event(.streamEnd, place: place)
            }
        }
    }

    /// The name that the current node is given, or that the current alias repeats, and the node's tag; both end with a zero.
    var properties: (anchor: UnsafePointer<UInt8>?, tag: UnsafePointer<UInt8>?) {
        @inline(__always) get {
            let data = event.pointee.data
            return switch event.pointee.type {
            case YAML_SCALAR_EVENT: (UnsafePointer(data.scalar.anchor), UnsafePointer(data.scalar.tag))
            case YAML_MAPPING_START_EVENT: (UnsafePointer(data.mapping_start.anchor), UnsafePointer(data.mapping_start.tag))
            case YAML_SEQUENCE_START_EVENT: (UnsafePointer(data.sequence_start.anchor), UnsafePointer(data.sequence_start.tag))
            case YAML_ALIAS_EVENT: (UnsafePointer(data.alias.anchor), nil)
            default: (nil, nil)
            }
        }
    }

    /// The line that the current event ends on, from 1.
    var endLine: UInt32 { UInt32(truncatingIfNeeded: event.pointee.end_mark.line) &+ 1 }

    /// Where the current event begins, in code points from the start of the text; in front of a node's anchor and tag.
    var startIndex: Int { event.pointee.start_mark.index }

    /// Whether the current mapping or list is written in brackets.
    var isFlow: Bool {
        let data = event.pointee.data
        return switch event.pointee.type {
        case YAML_MAPPING_START_EVENT: data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
        case YAML_SEQUENCE_START_EVENT: data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
        default: false
        }
    }

    /// Whether a document's beginning or end is only implied by what stands there.
    var isImplicit: Bool {
        let data = event.pointee.data
        return switch event.pointee.type {
        case YAML_DOCUMENT_START_EVENT: data.document_start.implicit != 0
        case YAML_DOCUMENT_END_EVENT: data.document_end.implicit != 0
        default: true
        }
    }

    /// Where the current event ends, in code points from the start of the text.
    var endIndex: Int { event.pointee.end_mark.index }

    /// Steps to the next event after the stream's start; false when libyaml gave up: `problem` tells why.
    @inline(__always)
    mutating func advance() -> Bool {
        repeat {
            yaml_event_delete(event)
            if yaml_parser_parse(parser, event) != 1 { return false }
        } while event.pointee.type == YAML_STREAM_START_EVENT
        return true
    }

    /// What libyaml says of the mistake that stopped it.
    var problem: SyntaxProblem {
        let raw = parser.pointee
        let problem = raw.problem.map { String(cString: $0) } ?? "the text is not YAML"
        switch raw.error {
        case YAML_READER_ERROR:
            return .reader(problem, byteOffset: raw.problem_offset, value: raw.problem_value)
        case YAML_MEMORY_ERROR:
            return .outOfMemory
        default:
            let context = raw.context.map { String(cString: $0) }
            return .syntax(
                problem, at: Place(at: raw.problem_mark), context: context, from: context == nil ? .none : Place(at: raw.context_mark))
        }
    }

    /// The number of events in a text, up to a mistake: counted only when a limit depends on it.
    static func countEvents(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var parser = YAMLParser(bytes)
        var count = 0
        while parser.advance() {
            count += 1
            if parser.event.pointee.type == YAML_STREAM_END_EVENT { break }
        }
        return count
    }
}

/// A mistake as libyaml reports it.
enum SyntaxProblem {
    /// `value` is the byte or the character, -1 where there is none.
    case reader(String, byteOffset: Int, value: Int32)
    case syntax(String, at: Place, context: String?, from: Place)
    case outOfMemory
}
