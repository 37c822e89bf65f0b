import Storage

/// Encoded answers to the reads that clients repeat, until the next commit. A route asks for permission first, then here.
struct AnswerCache: Sendable {
    static let answersMax = 16_384
    static let bytesMax = 16 * 1024 * 1024
    static let keyBytesMax = 1024

    private let kept: ReadCache<String, MLflowAnswer>

    init(_ store: any SQLStore) {
        kept = ReadCache(store, valuesMax: Self.answersMax, bytesMax: Self.bytesMax, size: \.bytes.count)
    }

    /// The answer to the same call before, or that of `make`. Long calls and those whose fields stand in a body are not kept.
    func answer(to call: MLflowCall, _ make: () async throws -> MLflowAnswer) async throws -> MLflowAnswer {
        guard let key = call.queryKey, key.utf8.count <= Self.keyBytesMax else { return try await make() }
        return try await kept.value(key, make)
    }
}
