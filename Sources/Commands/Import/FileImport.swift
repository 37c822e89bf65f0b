import Foundation
import GatehouseCore
import WireAPI

/// Brings the files of a run or a logged model. A file that is there with the same bytes is left; one with others too.
struct FileImport: Sendable {
    static let filesMax = 100_000

    let source: any ImportSource
    let target: GatehouseClient
    let isDryRun: Bool

    func bring(_ owner: FileOwner) async throws -> ImportReport {
        var report = ImportReport()
        let place = ArtifactAddress.relocated(owner.location, usualPlace: owner.usualPlace)
        guard let root = ArtifactAddress.proxiedPath(place), !root.isEmpty else {
            report.leaveOut(ImportKindName.file, owner.id, ["its files stay at \(owner.location)"])
            return report
        }
        guard Self.canBeKept(root) else {
            report.leaveOut(ImportKindName.file, owner.id, ["its files are at \(owner.location), which is no place here"])
            return report
        }
        do {
            try await bring(owner, to: root, &report)
        } catch let error as GatehouseError where Self.concernsOwner(error) {
            report.leaveOut(ImportKindName.file, owner.id, [error.message])
        }
        return report
    }

    private func bring(_ owner: FileOwner, to root: String, _ report: inout ImportReport) async throws {
        var (folders, seen) = ([""], 0)
        while let folder = folders.popLast() {
            guard let entries = try await source.files(of: owner, in: folder) else {
                report.leaveOut(ImportKindName.file, owner.id, ["its files are at \(owner.location); name them with --artifacts"])
                return
            }
            guard !entries.isEmpty else { continue }
            let present = Dictionary(
                try await target.artifacts(in: folder.isEmpty ? root : "\(root)/\(folder)").map { ($0.name, $0) },
                uniquingKeysWith: { first, _ in first })
            for entry in entries {
                seen += 1
                guard seen <= Self.filesMax else {
                    report.leaveOut(ImportKindName.file, owner.id, ["it has more than \(Self.filesMax) files"])
                    return
                }
                guard Self.canBeKept(entry.path) else {
                    report.leaveOut(ImportKindName.file, "\(owner.id)/\(entry.path)", ["its name cannot be kept"])
                    continue
                }
                guard let bytes = entry.bytes else {
                    folders.append(entry.path)
                    continue
                }
                try await bring(entry.path, bytes, of: owner, to: "\(root)/\(entry.path)", present[entry.name], &report)
            }
        }
    }

    private func bring(
        _ path: String, _ bytes: Int64, of owner: FileOwner, to place: String, _ present: MLflowFileInfo?,
        _ report: inout ImportReport
    ) async throws {
        let id = "\(owner.id)/\(path)"
        do {
            if let present {
                let isSame = try await isSame(path, bytes, of: owner, at: place, present)
                if isSame {
                    report.counts[ImportKindName.file, default: .init()].same += 1
                } else {
                    report.differ(ImportKindName.file, id, ["bytes"])
                }
                return
            }
            if !isDryRun {
                try await target.putArtifact(at: place, bytes: bytes, chunks: source.open(path, of: owner))
            }
            report.counts[ImportKindName.file, default: .init()].added += 1
            report.bytes += bytes
        } catch let error as GatehouseError where Self.concernsOwner(error) {
            report.leaveOut(ImportKindName.file, id, [error.message])
        }
    }

    /// By size, and then by the digest of all bytes; a dry run stops at the size.
    private func isSame(
        _ path: String, _ bytes: Int64, of owner: FileOwner, at place: String, _ present: MLflowFileInfo
    ) async throws -> Bool {
        guard present.bytes == bytes else { return false }
        guard !isDryRun else { return true }
        let stored = try await target.artifact(at: place)
        let ours = try await digest(of: source.open(path, of: owner))
        return stored.digest != nil && ours == StoredFile(bytes: bytes, digest: stored.digest)
    }

    /// What is wrong with one file or one run is noted; what is wrong with a server stops the import.
    private static func concernsOwner(_ error: GatehouseError) -> Bool {
        switch error.code {
        case .invalidArgument, .notFound, .alreadyExists, .conflict, .blockedByPolicy, .integrity, .tooLarge: true
        case .undecided, .unauthenticated, .forbidden, .tooManyRequests, .unavailable, .unreachable, .notImplemented,
            .internalFailure:
            false
        }
    }

    /// Servers decode a path until nothing changes, and take `..` for a way out.
    private static func canBeKept(_ path: String) -> Bool {
        let names = path.split(separator: "/", omittingEmptySubsequences: false)
        return !names.isEmpty && names.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && path.removingPercentEncoding == path
    }
}

extension MLflowFileInfo {
    /// The last part of its path.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
