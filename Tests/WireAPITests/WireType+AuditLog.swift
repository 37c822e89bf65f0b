import WireAPI

extension WireType {
    static let auditLog = [
        WireType(LogKeyAnswer.self, #"{"origin": "gatehouse/3f0c", "key": "gatehouse/3f0c+0a1b2c3d+ARo="}"#),
        WireType(InclusionProofAnswer.self, #"{"index": 16, "tree_size": 300, "hashes": ["47DE"]}"#),
        WireType(ConsistencyProofAnswer.self, #"{"from": 20, "to": 300, "hashes": ["47DE"]}"#),
    ]
}
