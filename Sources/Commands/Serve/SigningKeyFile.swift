import Attestations
import Foundation
import GatehouseCore
import Glibc

/// The key that statements and models are signed with: a PEM file of the data folder, made at the first start and readable by
/// its owner only, with the public half beside it.
enum SigningKeyFile {
    static let folder = "signing"
    static let name = "attestation.pem"
    static let publicName = "attestation.pub.pem"
    private static let bytesMax = 4096
    /// One set of random bytes in 2^32 is no key.
    private static let attemptsMax = 8

    /// Fails with `unavailable`, and with `invalidArgument` when the file holds no key: another one would not vouch for what
    /// this one signed.
    static func key(in directory: String) throws(GatehouseError) -> SigningKey {
        let folder = "\(directory)/\(folder)"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw unusable(folder, "cannot be made") }
        let path = "\(folder)/\(name)"
        if let text = try read(path) {
            do { return try SigningKey(pem: text) } catch {
                throw GatehouseError(error.code, "'\(path)' cannot be used. \(error.message)", hint: error.hint)
            }
        }
        let key = try made()
        guard let pem = key.pem else { throw unusable(path, "cannot be written as PEM") }
        // The public half first: with the private one the key exists.
        try write(key.verificationKey.pem, to: "\(folder)/\(publicName)", mode: 0o644)
        try write(pem, to: path, mode: 0o600)
        return key
    }

    private static func made() throws(GatehouseError) -> SigningKey {
        var failure: GatehouseError?
        for _ in 0..<attemptsMax {
            do { return try SigningKey(p256Random: ProcessRoots.randomBytes(SigningKey.randomBytesCount)) } catch {
                failure = error
            }
        }
        throw failure ?? GatehouseError(.internalFailure, "No signing key could be made.")
    }

    /// Nil: there is no such file.
    private static func read(_ path: String) throws(GatehouseError) -> String? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT { return nil }
            throw unusable(path, "cannot be read")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Under another name first, so that a crash leaves the whole file or none.
    private static func write(_ text: String, to path: String, mode: mode_t) throws(GatehouseError) {
        let temporary = "\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw unusable(path, "cannot be made") }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(temporary, path) == 0 else { throw unusable(path, "cannot be written") }
    }

    private static func unusable(_ path: String, _ why: String) -> GatehouseError {
        GatehouseError(
            .unavailable, "'\(path)' \(why): \(String(cString: strerror(errno))).",
            hint: "Is the disk full, or the folder somebody else's?")
    }
}
