import SnapkeepCloud
import SnapkeepCore

extension FileProblem {
    /// What no other try at a service helps against.
    init(_ cause: TransportFault.Cause) {
        self =
            switch cause {
            case .untrusted: .storeUntrusted
            case .withoutTLS: .storeOtherScheme
            }
    }

    /// Whether a server that speaks TLS only tells so, as those in Go and nginx do. Behind a proxy that was asked over TLS it is the proxy that
    /// has to.
    static func asksForTLS(_ status: Int, _ body: [UInt8], overTLS: Bool) -> Bool {
        !overTLS && status == 400 && body.firstRange(of: "HTTPS".utf8) != nil
    }
}
