import Crypto
import GatehouseCore

extension GatehouseCore.Digest {
    /// What is kept of a secret of 32 random bytes. It needs no salt: nobody has a list of all secrets.
    init(ofSecret secret: String) { self.init(bytes: Array(SHA256.hash(data: Array(secret.utf8)))) }
}
