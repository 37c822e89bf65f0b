/// What a witness answers, and its HTTP status (C2SP tlog-witness).
package enum CosigningAnswer: Sendable, Hashable {
    /// 200: lines to put under the checkpoint.
    case cosigned([SignedNote.Signature])
    /// 409: the witness knows another size; ask again from there.
    case knows(size: Int64)
    /// 409: two checkpoints of one size with different roots. Asking again changes nothing.
    case forked
    /// 404
    case unknownLog
    /// 403
    case noTrustedSignature
    /// 400
    case malformed(String)
    /// 422
    case wrongProof

    package static let sizeType = "text/x.tlog.size"

    package var status: Int {
        switch self {
        case .cosigned: 200
        case .malformed: 400
        case .noTrustedSignature: 403
        case .unknownLog: 404
        case .knows, .forked: 409
        case .wrongProof: 422
        }
    }

    package var contentType: String {
        if case .knows = self { return Self.sizeType }
        return "text/plain; charset=utf-8"
    }

    package var body: String {
        switch self {
        case .cosigned(let lines): lines.map(\.line).joined()
        case .knows(let size): "\(size)\n"
        case .forked: "a checkpoint of this size with another root was cosigned before\n"
        case .unknownLog: "no log of this origin is witnessed here\n"
        case .noTrustedSignature: "no signature is by a key that is trusted for this log\n"
        case .malformed(let why): why + "\n"
        case .wrongProof: "the consistency proof does not lead from the old size to this checkpoint\n"
        }
    }
}
