internal import HTTPTypes

/// What the filters before the service answer by themselves: an unknown path, a body too large. In the form that the client accepts (measured).
enum FilterAnswer {
    /// No such path, or no such method on it.
    static func notFound(_ request: APIRequest) -> Reply {
        // Without a body only the framework's default type is left.
        guard request.method != "HEAD" else { return Reply(404, text: "", type: Form.html.contentType) }
        return reply(404, "Not Found", "The resource could not be found.", request)
    }

    /// The placeholder at the end is upstream's own.
    static func tooLarge(_ request: APIRequest) -> Reply {
        reply(413, "Request Entity Too Large", "Request is too large. Larger than max_request_body_size (%s).", request)
    }

    private static func reply(_ status: Int, _ title: String, _ message: String, _ request: APIRequest) -> Reply {
        let form = Form(accept: request.headers[.accept])
        let type = form.contentType
        switch form {
        case .json:
            return Reply(
                status,
                ["message": .string(message + "<br /><br />\n\n\n"), "code": .string("\(status) \(title)"), "title": .string(title)])
        case .html:
            let lines = [
                "<html>", " <head>", "  <title>\(status) \(title)</title>", " </head>", " <body>", "  <h1>\(status) \(title)</h1>",
                "  \(message)<br /><br />", "", "", "", " </body>", "</html>",
            ]
            return Reply(status, text: lines.joined(separator: "\n"), type: type)
        case .text:
            return Reply(status, text: "\(status) \(title)\n\n\(message)\n\n   ", type: type)
        }
    }

    /// The forms on offer.
    enum Form: Sendable {
        case html
        case json
        case text

        /// The form that an `Accept` header prefers: a page before JSON where both are as welcome, plain text where neither is or nothing is said.
        init(accept: String?) {
            let ranges = (accept ?? "").split(separator: ",").map { Range($0) }
            let (page, json) = (Self.quality("text", "html", ranges), Self.quality("application", "json", ranges))
            self = max(page, json) <= 0 ? .text : page >= json ? .html : .json
        }

        var contentType: String {
            switch self {
            case .html: "text/html; charset=UTF-8"
            case .json: "application/json"
            case .text: "text/plain; charset=UTF-8"
            }
        }

        /// One entry of the header, such as `text/*;q=0.5`.
        private struct Range {
            let type: Substring
            let subtype: Substring
            var quality = 1.0

            init(_ text: Substring) {
                let parts = text.split(separator: ";").map { $0.filter { !$0.isWhitespace }[...] }
                let names = (parts.first ?? "").split(separator: "/", maxSplits: 1)
                type = names.first ?? ""
                subtype = names.count > 1 ? names[1] : ""
                for part in parts.dropFirst() where part.hasPrefix("q=") { quality = Double(part.dropFirst(2)) ?? 0 }
            }
        }

        /// The quality of the entry that names the type most closely.
        private static func quality(_ type: String, _ subtype: String, _ ranges: [Range]) -> Double {
            let fitting = ranges.filter { ($0.type == type || $0.type == "*") && ($0.subtype == subtype || $0.subtype == "*") }
            return fitting.max { ($0.type == "*" ? 0 : $0.subtype == "*" ? 1 : 2) < ($1.type == "*" ? 0 : $1.subtype == "*" ? 1 : 2) }?
                .quality ?? 0
        }
    }
}
