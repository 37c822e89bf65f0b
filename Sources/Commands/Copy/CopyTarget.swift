import GatehouseCore
import Registry
import WireAPI

/// Where a version arrives.
protocol CopyTarget: Sendable {
    /// The number under which these bytes of this source are there already.
    func find(_ copied: CopiedVersion) async throws -> String?
    /// Makes a place for the files; called once, before the first of them.
    func prepare(_ copied: CopiedVersion) async throws -> any CopyDestination
}

/// A place that files are being sent to.
protocol CopyDestination: Sendable {
    /// Sends a file unless its bytes are there. True: it was sent. Fails with `integrity` when the source hands out other
    /// bytes than it lists.
    func send(_ file: ArtifactFile, _ open: @Sendable () async throws -> SourceBytes) async throws -> Bool
    /// Makes the version of what was sent: from now on it can be seen.
    func register() async throws -> CopyArrival
}

/// What a target says of a copy.
struct CopyArrival: Sendable {
    let version: String
    /// False: another copy was faster.
    let isNew: Bool
    /// `verified`, `not_verified`; nil where the target keeps no such record.
    let verification: String?
    let reason: String
    /// What did not come although it was sent.
    let leftOut: [String]
}
