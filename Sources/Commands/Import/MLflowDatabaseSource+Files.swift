import Foundation
import GatehouseCore
import WireAPI

extension MLflowDatabaseSource {
    static let folderEntriesMax = 100_000

    /// Nil without `--artifacts`, for what stands in another store, and where no such folder is. Symbolic links are not
    /// followed: they may lead anywhere.
    func files(of owner: FileOwner, in folder: String) async throws -> [MLflowFileInfo]? {
        guard let root = root(of: owner) else { return nil }
        let manager = FileManager.default
        let place = folder.isEmpty ? root : "\(root)/\(folder)"
        guard manager.fileExists(atPath: root) else { return [] }
        let names: [String]
        do {
            names = try manager.contentsOfDirectory(atPath: place)
        } catch {
            throw GatehouseError(.unavailable, "The folder '\(place)' cannot be read.", cause: error)
        }
        guard names.count <= Self.folderEntriesMax else {
            throw GatehouseError(.tooLarge, "The folder '\(place)' has more than \(Self.folderEntriesMax) entries.")
        }
        return try names.sorted().compactMap { name in
            let attributes = try manager.attributesOfItem(atPath: "\(place)/\(name)")
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory: return MLflowFileInfo(path: path, bytes: nil)
            case .typeRegular: return MLflowFileInfo(path: path, bytes: (attributes[.size] as? NSNumber)?.int64Value ?? 0)
            case nil, .some: return nil
            }
        }
    }

    func open(_ path: String, of owner: FileOwner) async throws -> SourceBytes {
        guard let root = root(of: owner), let handle = FileHandle(forReadingAtPath: "\(root)/\(path)") else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)' of \(owner.id).")
        }
        return SourceBytes(origin: .file(handle, path: path))
    }

    /// The owner's folder below the artifacts that were named, and nowhere else, whatever the database says. A symbolic link on
    /// the way may lead anywhere, so where it ends counts.
    private func root(of owner: FileOwner) -> String? {
        guard let artifacts, let place = place(of: owner, below: artifacts) else { return nil }
        return Self.resolved(place).hasPrefix(Self.resolved(artifacts) + "/") ? place : nil
    }

    private func place(of owner: FileOwner, below artifacts: String) -> String? {
        if let path = ArtifactAddress.proxiedPath(owner.location) { return Self.plain(path).map { "\(artifacts)/\($0)" } }
        guard ArtifactAddress.isLocal(owner.location) else { return nil }
        let place = ArtifactAddress.path(owner.location)
        if place.hasPrefix(artifacts + "/"), let below = Self.plain(String(place.dropFirst(artifacts.count + 1))) {
            return "\(artifacts)/\(below)"
        }
        return Self.plain(owner.usualPlace).map { "\(artifacts)/\($0)" }
    }

    private static func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    /// A relative path without a way out.
    private static func plain(_ path: String) -> String? {
        let names = path.split(separator: "/")
        guard !names.isEmpty, !names.contains(".."), !names.contains("."), !path.utf8.contains(0) else { return nil }
        return names.joined(separator: "/")
    }
}
