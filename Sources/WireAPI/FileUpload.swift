import Foundation
import GatehouseCore
import NIOCore

import struct Crypto.SHA256

extension GatehouseClient {
    package static let filesMax = 100_000

    /// Uploads a file unless the server holds its bytes already. Fails with `notFound` when there is no such file.
    package func upload(file path: String) async throws -> BlobAnswer {
        let (digest, bytes) = try Self.digest(ofFile: path)
        if try await hasBlob(digest) { return BlobAnswer(digest: digest.description, bytes: bytes) }
        let handle = try Self.open(path)
        defer { try? handle.close() }
        return try await putBlob(digest, bytes: bytes, chunks: FilePieces(path: path, handle: handle, bytes: bytes))
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

    /// All files, sorted, relative to the folder. A folder that cannot be listed is an error: a model that lacks what stands
    /// in it would be another model.
    private static func files(below folder: String) throws -> [String] {
        var files: [String] = []
        var folders = [""]
        while let parent = folders.popLast() {
            for name in try names(in: parent.isEmpty ? folder : "\(folder)/\(parent)") {
                let relative = parent.isEmpty ? name : "\(parent)/\(name)"
                switch try type(of: "\(folder)/\(relative)") {
                case .typeDirectory: folders.append(relative)
                case .typeRegular: files.append(relative)
                default:
                    throw GatehouseError(
                        .invalidArgument, "'\(folder)/\(relative)' is not a plain file.",
                        hint: "Copy what it points at into the folder.")
                }
                guard files.count + folders.count <= filesMax else {
                    throw GatehouseError(.tooLarge, "'\(folder)' holds more than \(filesMax) files.")
                }
            }
        }
        guard !files.isEmpty else { throw GatehouseError(.invalidArgument, "The folder '\(folder)' is empty.") }
        return files.sorted()
    }

    private static func names(in folder: String) throws(GatehouseError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw GatehouseError(
                .unavailable, "The folder '\(folder)' cannot be read.", hint: "Make it readable, or take it out of the model.",
                cause: error)
        }
    }

    private static func type(of path: String) throws(GatehouseError) -> FileAttributeType? {
        do {
            return try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        } catch {
            throw .unreadable(path, error)
        }
    }

    private static func digest(ofFile path: String) throws -> (Digest, Int64) {
        let handle = try open(path)
        defer { try? handle.close() }
        var hash = SHA256()
        var bytes: Int64 = 0
        while let piece = try handle.piece(of: path) {
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

/// A file as a sequence of buffers. Fails with `conflict` when it has not the bytes that were announced.
private struct FilePieces: AsyncSequence, Sendable {
    let path: String
    let handle: FileHandle
    let bytes: Int64

    struct AsyncIterator: AsyncIteratorProtocol {
        let path: String
        let handle: FileHandle
        var bytesLeft: Int64

        mutating func next() async throws -> ByteBuffer? {
            let piece = try handle.piece(of: path)
            bytesLeft -= Int64(piece?.count ?? 0)
            guard piece == nil ? bytesLeft == 0 : bytesLeft >= 0 else {
                throw GatehouseError(
                    .conflict, "'\(path)' changed while it was uploaded.", hint: "Repeat it when nobody writes to the file.")
            }
            return piece.map { ByteBuffer(bytes: $0) }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(path: path, handle: handle, bytesLeft: bytes) }
}

extension FileHandle {
    private static let pieceBytes = 1 << 20

    /// The next bytes; nil at the end.
    fileprivate func piece(of path: String) throws(GatehouseError) -> Data? {
        do {
            let piece = try read(upToCount: Self.pieceBytes) ?? Data()
            return piece.isEmpty ? nil : piece
        } catch {
            throw .unreadable(path, error)
        }
    }
}

extension GatehouseError {
    fileprivate static func unreadable(_ path: String, _ cause: any Error) -> GatehouseError {
        GatehouseError(.unavailable, "'\(path)' cannot be read.", hint: "Is it a file, and may you read it?", cause: cause)
    }
}
