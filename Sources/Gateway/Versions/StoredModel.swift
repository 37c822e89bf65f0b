import Foundation
import GatehouseCore
import Glibc
import NIOCore
import WireAPI

// The struct alone: Crypto has a protocol called Digest too.
import struct Crypto.SHA256

/// One version's folder: `files/` and, beside it, the list that its digest stands for.
struct StoredModel: Sendable {
    private static let incomingMark = ".incoming"
    static let manifestBytesMax = 64 << 20
    static let pieceBytes = 1 << 20

    let digest: Digest
    private let path: String

    init(root: String, digest: Digest, isIncoming: Bool = false) {
        self.digest = digest
        path = "\(root)/\(digest.hex)" + (isIncoming ? Self.incomingMark : "")
    }

    var filesPath: String { "\(path)/files" }
    private var manifestPath: String { "\(path)/manifest.json" }

    /// Where a file goes; its folders are made. The path has been checked to stay inside.
    func path(of file: String) throws(GatehouseError) -> String {
        let full = "\(filesPath)/\(file)"
        let parent = full[..<(full.lastIndex(of: "/") ?? full.startIndex)]
        do {
            try FileManager.default.createDirectory(atPath: String(parent), withIntermediateDirectories: true)
        } catch {
            throw GatehouseError(.unavailable, "\(parent) cannot be made: \(error.localizedDescription)")
        }
        return full
    }

    func write(manifest: PinnedFiles) throws(GatehouseError) {
        do {
            try JSONEncoder().encode(manifest.entries).write(to: URL(filePath: manifestPath))
        } catch {
            throw GatehouseError(.unavailable, "\(manifestPath) cannot be written: \(error.localizedDescription)")
        }
    }

    func rename(to other: StoredModel) throws(GatehouseError) {
        guard Glibc.rename(path, other.path) == 0 else {
            throw GatehouseError(.unavailable, "\(path) cannot be put in its place: \(String(cString: strerror(errno)))")
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func markUsed() { utimes(path, nil) }

    private var manifest: PinnedFiles? {
        guard let bytes = FileManager.default.contents(atPath: manifestPath), bytes.count <= Self.manifestBytesMax,
            let entries = try? JSONDecoder().decode([ManifestEntry].self, from: bytes)
        else { return nil }
        return try? PinnedFiles(entries, digest: digest)
    }

    /// Whether exactly the pinned files are here, byte by byte.
    var isIntact: Bool {
        guard let manifest, let present = try? FileManager.default.subpathsOfDirectory(atPath: filesPath) else { return false }
        let wanted = Dictionary(manifest.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var count = 0
        for name in present {
            var status = stat()
            guard lstat("\(filesPath)/\(name)", &status) == 0 else { return false }
            if status.st_mode & S_IFMT == S_IFDIR { continue }
            guard status.st_mode & S_IFMT == S_IFREG, let file = wanted[name], Int64(status.st_size) == file.bytes,
                Self.digest(ofFile: "\(filesPath)/\(name)") == file.digest
            else { return false }
            count += 1
        }
        return count == wanted.count
    }

    private static func digest(ofFile path: String) -> Digest? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var hash = SHA256()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = Glibc.read(descriptor, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return Digest(bytes: Array(hash.finalize())) }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
    }

    /// A folder with its size and when it was last used.
    struct Entry {
        let folder: StoredModel
        let bytes: Int64
        let usedAt: Int64
    }

    /// Removes what interrupted fetches left behind. Only before any fetch begins: it cannot tell theirs from one under way.
    static func removeIncoming(in root: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] where name.hasSuffix(incomingMark) {
            try? FileManager.default.removeItem(atPath: "\(root)/\(name)")
        }
    }

    /// All folders of versions, without those that are still being filled.
    static func all(in root: String) -> [Entry] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { name in
            guard let digest = try? Digest(parsing: "sha256:\(name)") else { return nil }
            let folder = StoredModel(root: root, digest: digest)
            var status = stat()
            guard lstat(folder.path, &status) == 0 else { return nil }
            return Entry(folder: folder, bytes: folder.manifest?.totalBytes ?? 0, usedAt: Int64(status.st_mtim.tv_sec))
        }
    }
}

/// Writes a read-only file and hashes what it writes. A class because it ends what it began: the open file.
final class HashingFileWriter {
    private var descriptor: Int32
    private let path: String
    private let bytesMax: Int64
    private var hash = SHA256()
    private(set) var bytes: Int64 = 0

    init(path: String, bytesMax: Int64) throws(GatehouseError) {
        self.path = path
        self.bytesMax = bytesMax
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o444)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Fails with `integrity` beyond `bytesMax`, with `unavailable` when the disk does not take it.
    func write(_ piece: ByteBuffer) throws(GatehouseError) {
        guard Int64(piece.readableBytes) <= bytesMax - bytes else {
            throw GatehouseError(.integrity, "More bytes came for \(path) than the pinned \(bytesMax).")
        }
        bytes += Int64(piece.readableBytes)
        let isWritten = piece.withUnsafeReadableBytes { piece in
            hash.update(bufferPointer: piece)
            var rest = piece[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
        guard isWritten else { throw Self.failure(path) }
    }

    func finish() throws(GatehouseError) -> Digest {
        let result = close(descriptor)
        descriptor = -1
        guard result == 0 else { throw Self.failure(path) }
        return Digest(bytes: Array(hash.finalize()))
    }

    private static func failure(_ path: String) -> GatehouseError {
        GatehouseError(.unavailable, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
