import SnapkeepCore
import SnapkeepEngine

extension ServiceFault {
    /// The fault of an answer whose status is no success.
    init(answer: HTTPAnswer, to request: OutgoingRequest, _ operation: Operation, redactor: Redactor, now: Timestamp) {
        let body = ErrorBody(parsing: answer.isTruncated ? [] : answer.body, status: answer.status)
        let sent = body.message ?? Self.firstBytes(of: answer)
        let retryAfter = (answer.field("Retry-After") ?? body.retryAfter).flatMap { RetryAfter.parse($0, now: now) }
        let classifier = FaultClassifier(
            operation: operation, status: answer.status, code: body.code, message: sent, retryAfter: retryAfter,
            isOwn: body.isOwnRefusal || answer.isKeystoneChallenge)
        let isPage = body.message == nil && answer.body.first { !Self.blanks.contains($0) } == UInt8(ascii: "<")
        let shown = isPage ? "an HTML page instead of an answer" : sent.start(of: Self.scanLength).withoutTags
        let words = oneLine(redactor.redact(shown), limit: Self.messageLength)
        self.init(
            classifier.kind, request: request.label, status: answer.status,
            code: body.code.map { oneLine(redactor.redact($0.start(of: Self.messageLength)), limit: Self.idLength) },
            message: Self.message(status: answer.status, words: words),
            requestID: answer.requestID(redactor) ?? body.requestID.map { oneLine(redactor.redact($0), limit: Self.idLength) },
            pause: classifier.pause)
    }

    /// The fault of an answer with a good status that nobody can read.
    init(unreadable answer: HTTPAnswer, to request: OutgoingRequest, _ problem: String, redactor: Redactor) {
        self.init(
            .unintelligible, request: request.label, status: answer.status, message: problem, requestID: answer.requestID(redactor))
    }

    /// The longest message that is shown, in characters.
    static let messageLength = 300
    /// The longest code or request id that is shown, in characters.
    static let idLength = 100
    /// No more of a server's text is looked through.
    private static let scanLength = 16_384
    private static let blanks = Array(" \t\r\n".utf8)

    private static func message(status: Int, words: String) -> String {
        if (300..<400).contains(status) {
            return "the service answered with a redirect (HTTP \(status)), and redirects are not followed: check the endpoint"
        }
        return words.isEmpty ? "the service answered HTTP \(status) without a reason" : words
    }

    /// Of what is no known envelope, the beginning: a proxy's page, which only its words for sorting are taken from, or a plain text.
    private static func firstBytes(of answer: HTTPAnswer) -> String {
        String(decoding: answer.body.prefix(4096), as: UTF8.self)
    }
}

extension HTTPAnswer {
    /// Whether the middleware that checks tokens before the service has turned the request away; its older versions do it without JSON.
    fileprivate var isKeystoneChallenge: Bool {
        status == 401 && field("WWW-Authenticate")?.lowercased().hasPrefix("keystone ") == true
    }

    /// The id that the cloud's support asks for (CloudAPI#errors).
    func requestID(_ redactor: Redactor) -> String? {
        let names = ["X-Request-Id", "X-Openstack-Request-Id", "X-Compute-Request-Id", "X-IAM-Trace-Id"]
        guard let text = names.lazy.compactMap({ field($0) }).first else { return nil }
        let shown = oneLine(redactor.redact(text), limit: ServiceFault.idLength)
        return shown.isEmpty ? nil : shown
    }
}

extension String {
    fileprivate func start(of length: Int) -> String { String(decoding: utf8.prefix(length), as: UTF8.self) }

    /// The text with a blank for each tag of HTML, which some services put into their messages: `not found.<br /><br />`. Other angle
    /// brackets stay: `<class 'str'>`, `a < b`.
    fileprivate var withoutTags: String {
        guard utf8.contains(UInt8(ascii: "<")) else { return self }
        var result = ""
        var rest = self[...]
        while let opening = rest.firstIndex(of: "<") {
            result += rest[..<opening]
            let inner = rest[opening...].dropFirst()
            let name = inner.drop { $0 == "/" }.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }.lowercased()
            if Self.tags.contains(name), let closing = inner.firstIndex(where: { $0 == "<" || $0 == ">" }), inner[closing] == ">" {
                result += " "
                rest = inner[closing...].dropFirst()
            } else {
                result += "<"
                rest = inner
            }
        }
        return result + rest
    }

    private static let tags: Set<String> = [
        "a", "b", "body", "br", "center", "code", "div", "em", "font", "h1", "h2", "h3", "h4", "head", "hr", "html", "i", "li", "ol", "p",
        "pre", "span", "strong", "title", "tt", "ul",
    ]
}
