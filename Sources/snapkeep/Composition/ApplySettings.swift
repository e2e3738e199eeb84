import SnapkeepCore
import SnapkeepEngine

/// What an apply is told beside its work.
struct ApplySettings {
    var policy: ExecutionPolicy
    var engine: EngineEnvironment
    var limits: DeletionGuard
    var autoApprove: Bool
    var json: Bool
    /// Look at the cloud before planning.
    var refreshes = false
    /// The options that lead another command to the same manifest, state and cloud.
    var words: [String] = []
    /// `nil` where manifest or saved plan have no rotations.
    var clock: RotationClock?
    /// Leave what is due by the clock to another run.
    var onlyChangedByManifest = false
}
