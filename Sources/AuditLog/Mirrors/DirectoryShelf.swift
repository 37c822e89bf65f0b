import GatehouseCore
import Glibc

/// A folder on another volume. Nothing in it is ever deleted or written over; only the checkpoint is replaced, as a whole.
package struct DirectoryShelf: MirrorShelf {
    /// The largest file of a log is a bundle of 256 entries.
    static let fileBytesMax = EntryBundle.bytesMax

    private let directory: String

    package init(directory: String) { self.directory = directory }

    package var name: MirrorName { MirrorName(.directory, place: directory) }
    package var rest: Duration { .zero }

    /// Fails with `unavailable` when the folder is not there. It is not made: where a volume is not mounted, its empty place
    /// would be filled with a copy beside the original.
    package func prepare() throws -> [String] {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw GatehouseError(
                .unavailable, "There is no folder '\(directory)' for the mirror of the audit log.",
                hint: "Mount the volume, or make the folder: it is not made by itself.")
        }
        return []
    }

    package func file(_ path: String) throws -> [UInt8]? {
        let whole = "\(directory)/\(path)"
        let descriptor = open(whole, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Self.failure("cannot read", whole)
        }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("cannot read", whole) }
        // Longer than any file of a log: not one that was put here by a mirror.
        guard status.st_size <= Self.fileBytesMax else { throw MirrorAlarm.fileDiffers(path: path) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).baseAddress, buffer.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Self.failure("cannot read", whole) }
            if got == 0 { break }
            count += got
        }
        return Array(bytes[..<count])
    }

    package func add(_ path: String, _ bytes: [UInt8]) throws {
        if let there = try file(path) {
            guard there == bytes else { throw MirrorAlarm.fileDiffers(path: path) }
            return
        }
        let temporary = try write(bytes, for: path)
        // A link fails where a name is taken, a rename would not: nobody's file is replaced, not even in a race.
        let isLinked = link(temporary, "\(directory)/\(path)") == 0
        let reason = errno
        unlink(temporary)
        guard isLinked || reason == EEXIST else { throw Self.failure("cannot add", "\(directory)/\(path)", reason) }
        if !isLinked, try file(path) != bytes { throw MirrorAlarm.fileDiffers(path: path) }
        try synchronize(folderOf: path)
    }

    package func publish(_ checkpoint: [UInt8]) throws {
        let path = TileMirror.checkpointName
        let temporary = try write(checkpoint, for: path)
        guard rename(temporary, "\(directory)/\(path)") == 0 else {
            let reason = errno
            unlink(temporary)
            throw Self.failure("cannot replace", "\(directory)/\(path)", reason)
        }
        try synchronize(folderOf: path)
    }

    package func close() {}

    /// The bytes under a name that no reader looks for, on disk when this returns. What a crash left there is written over.
    private func write(_ bytes: [UInt8], for path: String) throws -> String {
        try makeFolders(above: path)
        let temporary = "\(directory)/\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure("cannot write", temporary) }
        defer { Glibc.close(descriptor) }
        var count = 0
        while count < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: buffer[count...]).baseAddress, buffer.count - count)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw Self.failure("cannot write", temporary) }
            count += put
        }
        guard fsync(descriptor) == 0 else { throw Self.failure("cannot write", temporary) }
        return temporary
    }

    private func makeFolders(above path: String) throws {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            let parent = folder
            folder += "/\(part)"
            guard mkdir(directory + folder, 0o755) == 0 else {
                if errno == EEXIST { continue }
                throw Self.failure("cannot make", directory + folder)
            }
            try Self.synchronize(directory + parent)
        }
    }

    private func synchronize(folderOf path: String) throws {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        try Self.synchronize(folder.isEmpty ? directory : "\(directory)/\(folder)")
    }

    /// A name is on disk once its folder is.
    private static func synchronize(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open", folder) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot write", folder) }
    }

    private static func failure(_ what: String, _ path: String, _ reason: Int32 = errno) -> GatehouseError {
        GatehouseError(
            .unavailable, "The mirror of the audit log \(what) '\(path)': \(String(cString: strerror(reason))).",
            hint: "Is the volume full, or the folder somebody else's?")
    }
}
