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
}
