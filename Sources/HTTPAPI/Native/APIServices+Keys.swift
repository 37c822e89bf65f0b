import Attestations
import Promotions

extension APIServices {
    /// The key that verifies what the server attests; nil: it signs nothing.
    package var attestationKey: (id: String, pem: String)? {
        transitions.attestor.map { ($0.verificationKey.keyID, $0.verificationKey.pem) }
    }
}
