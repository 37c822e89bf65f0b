import Foundation
package import GatehouseCore
import Glibc
import NIOCore
import NIOPosix
package import Serving
import WireAPI

/// The files of the versions that this gateway runs, in read-only folders named by digest. What is here already is used
/// without the registry, after every byte has been checked again. An actor because fetching and giving up folders must not meet.
package actor ModelStore {
    package static let bytesMaxByDefault: Int64 = 20 << 30

    private let root: String
    private let bytesMax: Int64
    private let source: ModelSource
    /// Never given up: what the route table names, and what is just being fetched.
    private var active: Set<Digest> = []
    /// Being made ready, each with those that wait for it: an actor that waits for bytes is open to the next question.
    private var preparing: [Digest: [CheckedContinuation<Void, Never>]] = [:]
    /// The bytes that fetches under way take, or will.
    private var promised: [Digest: Int64] = [:]

    /// `root` is made when it is not there. It belongs to one gateway alone.
    package init(root: String, bytesMax: Int64 = bytesMaxByDefault, source: ModelSource) throws(GatehouseError) {
        self.root = root
        self.bytesMax = bytesMax
        self.source = source
        do {
            try FileManager.default.createDirectory(
                atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw GatehouseError(.unavailable, "The folder for models, \(root), cannot be made: \(error.localizedDescription)")
        }
        StoredModel.removeIncoming(in: root)
    }

    /// The versions that are not given up from now on, rollback targets included.
    package func keep(_ digests: Set<Digest>) { active = digests }

    /// The folder with a version's files, every byte checked against the pinned digest.
    ///
    /// Fails with `integrity` when the registry's files are not those of the digest, with `tooLarge` when they do not fit
    /// beside the active versions, and as the source does when it cannot be reached and the files are not here.
    package func folder(of version: ServedVersion, model: String) async throws -> String {
        active.insert(version.digest)
        while preparing[version.digest] != nil {
            await withCheckedContinuation { preparing[version.digest]?.append($0) }
        }
        preparing[version.digest] = []
        defer { preparing.removeValue(forKey: version.digest)?.forEach { $0.resume() } }
        return try await prepare(version, model: model)
    }

    private func prepare(_ version: ServedVersion, model: String) async throws -> String {
        let folder = StoredModel(root: root, digest: version.digest)
        if await Self.offLoop({ folder.isIntact }) {
            folder.markUsed()
            return folder.filesPath
        }
        let files = try PinnedFiles(try await source.files(model, version.version), digest: version.digest)
        try makeRoom(for: files.totalBytes)
        promised[version.digest] = files.totalBytes
        defer { promised[version.digest] = nil }
        let incoming = StoredModel(root: root, digest: version.digest, isIncoming: true)
        incoming.remove()
        do {
            for file in files.files { try await fetch(file, of: version, model, into: incoming) }
            try incoming.write(manifest: files)
            folder.remove()
            try incoming.rename(to: folder)
        } catch {
            incoming.remove()
            throw error
        }
        return folder.filesPath
    }

    /// Hashed on its way to the disk; a byte too many ends it.
    private func fetch(
        _ file: PinnedFiles.File, of version: ServedVersion, _ model: String, into folder: StoredModel
    ) async throws {
        let writer = try HashingFileWriter(path: folder.path(of: file.path), bytesMax: file.bytes)
        try await source.read(file.path, model, version.version) { piece in try writer.write(piece) }
        let found = try writer.finish()
        guard found == file.digest, writer.bytes == file.bytes else {
            throw GatehouseError(
                .integrity,
                "'\(file.path)' of version \(version.version) of '\(model)' has the digest \(found), not the pinned \(file.digest).",
                hint: "The bytes were changed in the registry's store or on the way; 'gatehouse scrub' finds damaged bytes.")
        }
    }

    /// Gives up the folders that were not used for longest.
    private func makeRoom(for bytes: Int64) throws(GatehouseError) {
        let stored = StoredModel.all(in: root)
        var total = stored.reduce(promised.values.reduce(0, &+)) { $0 &+ $1.bytes }
        for model in stored.sorted(by: { $0.usedAt < $1.usedAt }) where total > bytesMax - bytes {
            guard !active.contains(model.folder.digest) else { continue }
            model.folder.remove()
            total -= model.bytes
        }
        guard bytes <= bytesMax, total <= bytesMax - bytes else {
            throw GatehouseError(
                .tooLarge, "The version's \(bytes) bytes do not fit into \(bytesMax) bytes beside the active versions.",
                hint: "Give the gateway more room for models.")
        }
    }

    /// Hashing gigabytes must not hold a thread that tasks run on.
    private static func offLoop<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        (try? await NIOThreadPool.singleton.runIfActive { body() }) ?? body()
    }
}
