import GatehouseCore
import Glibc
package import Registry

extension LocalArtifactStore {
    /// Copies rather than links: whoever loads the model must not be able to change the store's bytes through their copy.
    package func materialise(_ manifest: ArtifactManifest, at directory: String) async throws {
        guard try SystemCall.makeDirectory(directory) else {
            throw GatehouseError(.alreadyExists, "The folder '\(directory)' exists already.")
        }
        var made = Made(directories: [directory])
        do {
            for file in manifest.files {
                try made.makeParents(of: file.path, below: directory)
                try await copy(file, to: "\(directory)/\(file.path)")
                made.files.append("\(directory)/\(file.path)")
            }
        } catch {
            made.remove()
            throw error
        }
    }

    private func copy(_ file: ArtifactFile, to destination: String) async throws {
        guard var reader = try reader(of: file.digest) else {
            throw GatehouseError(
                .integrity, "The artifact's file '\(file.path)' (\(file.digest)) is missing from the store.",
                hint: "Restore it from a backup, or upload the same bytes again.")
        }
        var writer = try FileWriter(creating: destination)
        while try reader.next({ try writer.append($0) }) { try await Self.pause() }
        guard writer.blob.digest == file.digest else { throw Self.changed(file.digest) }
        try writer.keep()
    }
}

/// What was created so far, to be taken back when the rest fails.
private struct Made {
    var directories: [String]
    var files: [String] = []

    /// The components are safe: a manifest's paths have been checked.
    mutating func makeParents(of path: String, below root: String) throws(GatehouseError) {
        var parent = root
        for component in path.split(separator: "/").dropLast() {
            parent += "/\(component)"
            if try SystemCall.makeDirectory(parent) { directories.append(parent) }
        }
    }

    func remove() {
        for file in files.reversed() { unlink(file) }
        for directory in directories.reversed() { rmdir(directory) }
    }
}
