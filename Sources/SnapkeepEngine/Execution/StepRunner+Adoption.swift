import SnapkeepCore

/// An adoption that a line of the manifest asks for by `id:`.
struct Takeover: Sendable {
    /// With the volume's id, whatever the line says.
    let spec: SnapshotSpec
    let id: SnapshotID
    /// The fields that the plan has shown to be changed; `nil` where it could not know them.
    let shown: [FieldChange]?

    /// What is to be changed once the snapshot is recorded: what the plan has shown, and nothing that it has not (P5).
    func edits(of record: SnapshotRecord) -> [FieldChange] {
        let all = Reconciliation.fieldChanges(from: record, to: spec)
        guard let shown else { return all }
        return all.filter { field in !field.needsRequest || shown.contains { $0.isOfSameField(as: field) } }
    }
}

extension StepRunner {
    /// Goes the whole way of an import: a look, the intent on disk, the stamp, the record. It is one step: nothing cuts in between, and what
    /// dies on the way is settled by its intent (P1, P2).
    func adopt(_ takeover: Takeover) async -> StepOutcome {
        let adoption = Adoption(service: service, policy: policy, environment: environment)
        let request = Adoption.Request(key: takeover.spec.key, id: takeover.id, spec: takeover.spec)
        switch await adoption.examine(request, { await recorder.standing(of: takeover.spec.key, $0) }) {
        case .refused(let obstacle): return .failed(.notAdoptable(takeover.id, obstacle))
        case .unread(let fault): return .notAdopted(fault, isOpen: false)
        case .recorded(let record), .unstamped(let record):
            // Another run was faster, or the line now names another volume: either way there is nothing to stamp.
            if let listed = takeover.spec.volume.id, listed != record.volumeID {
                return .failed(.notAdoptable(takeover.id, .otherVolume(listed: listed, observed: record.volumeID)))
            }
            do { try await recorder.recordProtection(of: record.id, as: takeover.edits(of: record)) } catch { return .recordFault(error) }
            return .adopted(record, takeover)
        case .adoptable(let observed):
            do throws(RecordFault) {
                switch try await adoption.adopt(observed, for: request, recorder: recorder) {
                case .adopted(let record): return .adopted(record, takeover)
                case .refused(let obstacle): return .failed(.notAdoptable(takeover.id, obstacle))
                case .failed(let fault, let isOpen): return .notAdopted(fault, isOpen: isOpen)
                }
            } catch { return .recordFault(error) }
        }
    }
}

extension Recorder {
    /// What is recorded of a key and a snapshot that are to be brought together.
    func standing(of key: SnapshotKey, _ id: SnapshotID) -> AdoptionStanding {
        AdoptionStanding(owner: owner, holder: holder(of: key), recorded: record(id), isSuperseded: isSuperseded(id))
    }
}
