import Attestations
import GatehouseCore
import Glibc
import Secrets

/// The key that statements and models are signed with: a PEM file of the data folder, made at the first start and readable by
/// its owner only, with the public half beside it.
enum SigningKeyFile {
    static let folder = "signing"
    static let name = "attestation.pem"
    static let publicName = "attestation.pub.pem"
    /// One set of random bytes in 2^32 is no key.
    private static let attemptsMax = 8

    /// Fails with `unavailable`, and with `invalidArgument` when the file holds no key: another one would not vouch for what
    /// this one signed.
    static func key(in directory: String) throws(GatehouseError) -> SigningKey {
        let folder = "\(directory)/\(folder)"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw unusable(folder, "cannot be made") }
        let path = "\(folder)/\(name)"
        if let text = try PrivateFile(path).read() {
            do { return try SigningKey(pem: text) } catch {
                throw GatehouseError(error.code, "'\(path)' cannot be used. \(error.message)", hint: error.hint)
            }
        }
        let key = try made()
        guard let pem = key.pem else { throw unusable(path, "cannot be written as PEM") }
        // The public half first: with the private one the key exists.
        try PrivateFile("\(folder)/\(publicName)").write(key.verificationKey.pem, for: .everybody)
        try PrivateFile(path).write(pem)
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

    private static func unusable(_ path: String, _ why: String) -> GatehouseError {
        GatehouseError(
            .unavailable, "'\(path)' \(why): \(String(cString: strerror(errno))).",
            hint: "Is the disk full, or the folder somebody else's?")
    }
}
