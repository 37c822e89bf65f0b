import Foundation
import GatehouseCore
import NIOCore

import struct Crypto.SHA256

extension GatehouseClient {
    package static let filesMax = 100_000
    private static let pieceBytes = 1 << 20

    /// Uploads a file unless the server holds its bytes already. Fails with `notFound` when there is no such file.
    package func upload(file path: String) async throws -> BlobAnswer {
        let (digest, bytes) = try Self.digest(ofFile: path)
        if try await hasBlob(digest) { return BlobAnswer(digest: digest.description, bytes: bytes) }
        let handle = try Self.open(path)
        defer { try? handle.close() }
        return try await putBlob(digest, bytes: bytes, chunks: FilePieces(handle: handle, pieceBytes: Self.pieceBytes))
    }

    /// Uploads a model: one file, or a folder with everything in it. Paths of the entries are relative to the folder.
    /// Symbolic links are refused: what they point at is not part of the model.
    package func upload(model path: String) async throws -> [ManifestEntry] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw Self.missing(path) }
        guard isDirectory.boolValue else {
            let blob = try await upload(file: path)
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return [ManifestEntry(path: name, digest: blob.digest, bytes: blob.bytes)]
        }
        var entries: [ManifestEntry] = []
        for relative in try Self.files(below: path) {
            let blob = try await upload(file: "\(path)/\(relative)")
            entries.append(ManifestEntry(path: relative, digest: blob.digest, bytes: blob.bytes))
        }
        return entries
    }

    private static func files(below folder: String) throws -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { throw missing(folder) }
        var files: [String] = []
        for case let relative as String in walk {
            let type = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(relative)")[.type] as? FileAttributeType
            if type == .typeDirectory { continue }
            guard type == .typeRegular else {
                throw GatehouseError(
                    .invalidArgument, "'\(folder)/\(relative)' is not a plain file.",
                    hint: "Copy what it points at into the folder.")
            }
            files.append(relative)
            guard files.count <= filesMax else {
                throw GatehouseError(.tooLarge, "'\(folder)' holds more than \(filesMax) files.")
            }
        }
        guard !files.isEmpty else { throw GatehouseError(.invalidArgument, "The folder '\(folder)' is empty.") }
        return files.sorted()
    }

    private static func digest(ofFile path: String) throws -> (Digest, Int64) {
        let handle = try open(path)
        defer { try? handle.close() }
        var hash = SHA256()
        var bytes: Int64 = 0
        while let piece = try handle.read(upToCount: pieceBytes), !piece.isEmpty {
            hash.update(data: piece)
            bytes += Int64(piece.count)
        }
        return (Digest(bytes: Array(hash.finalize())), bytes)
    }

    private static func open(_ path: String) throws -> FileHandle {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw missing(path) }
        return handle
    }

    private static func missing(_ path: String) -> GatehouseError {
        GatehouseError(.notFound, "There is no readable file '\(path)'.")
    }
}

/// A file as a sequence of buffers.
private struct FilePieces: AsyncSequence, Sendable {
    let handle: FileHandle
    let pieceBytes: Int

    struct AsyncIterator: AsyncIteratorProtocol {
        let handle: FileHandle
        let pieceBytes: Int

        mutating func next() async throws -> ByteBuffer? {
            guard let piece = try handle.read(upToCount: pieceBytes), !piece.isEmpty else { return nil }
            return ByteBuffer(bytes: piece)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle, pieceBytes: pieceBytes) }
}
