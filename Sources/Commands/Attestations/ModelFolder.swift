import Attestations
import Foundation
import GatehouseCore
import Glibc

/// The files of a model where it lies, for comparison with what was signed.
enum ModelFolder {
    private static let depthMax = 64
    private static let pieceBytes = 1 << 20

    /// Every file with its digest, by path. Fails with `notFound`, and with `integrity` naming a symbolic link or anything else
    /// that is neither file nor folder: what it leads to was not signed. `leavingOut` is the signature's own file.
    static func files(in folder: String, leavingOut signature: String) throws(GatehouseError) -> [SignedFile] {
        var found: [SignedFile] = []
        try collect(folder, below: "", depth: 0, leavingOut: identity(of: signature), into: &found)
        return found
    }

    private static func collect(
        _ root: String, below path: String, depth: Int, leavingOut signature: FileIdentity?, into found: inout [SignedFile]
    ) throws(GatehouseError) {
        let folder = path.isEmpty ? root : "\(root)/\(path)"
        guard depth < depthMax else { throw GatehouseError(.tooLarge, "'\(folder)' is nested more than \(depthMax) deep.") }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw GatehouseError(.notFound, "There is no readable folder '\(folder)'.")
        }
        for name in names.sorted() {
            let relative = path.isEmpty ? name : "\(path)/\(name)"
            let full = "\(root)/\(relative)"
            var status = stat()
            guard lstat(full, &status) == 0 else { throw GatehouseError(.notFound, "'\(full)' cannot be looked at.") }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                try collect(root, below: relative, depth: depth + 1, leavingOut: signature, into: &found)
            case S_IFREG:
                guard FileIdentity(status) != signature else { continue }
                guard found.count < SignedModel.filesMax else {
                    throw GatehouseError(.tooLarge, "'\(root)' has more than \(SignedModel.filesMax) files.")
                }
                found.append(SignedFile(path: relative, digest: try digest(of: full)))
            case _:
                throw GatehouseError(.integrity, "'\(relative)' is no file; a link or a device cannot have been signed.")
            }
        }
    }

    private static func digest(of path: String) throws(GatehouseError) -> Digest {
        guard let file = fopen(path, "re") else { throw GatehouseError(.unavailable, "'\(path)' cannot be read.") }
        defer { fclose(file) }
        var hash = FileHash()
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { break }
            hash.update(piece[..<count])
        }
        guard ferror(file) == 0 else { throw GatehouseError(.unavailable, "'\(path)' cannot be read to its end.") }
        return hash.digest
    }

    private struct FileIdentity: Equatable {
        let device: dev_t
        let number: ino_t

        init(_ status: stat) {
            device = status.st_dev
            number = status.st_ino
        }
    }

    private static func identity(of path: String) -> FileIdentity? {
        var status = stat()
        return stat(path, &status) == 0 ? FileIdentity(status) : nil
    }
}
