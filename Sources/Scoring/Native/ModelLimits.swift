package import GatehouseCore

/// What a model file may hold. Real models stay far below; a hostile file is refused before it costs memory or time.
package enum ModelLimits {
    package static let modelBytesMax = 512 << 20
    /// Numbers, strings and containers in an XGBoost document; one takes about 24 bytes in memory.
    package static let valuesMax = 32_000_000
    package static let treesMax = 100_000
    /// Splits and leaves of all trees together.
    package static let nodesMax = 20_000_000
    /// 32 categories each, of all splits on categories together: 256 MiB.
    package static let categoryWordsMax = 64 << 20
    package static let featuresMax = 100_000
    package static let classesMax = 1_000
    package static let depthMax = 1_024
    /// Numbers in one answer: rows × outputs.
    package static let scoresMax = 500_000_000

    package static func damaged(_ what: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "The model file is damaged: \(what).",
            hint: damagedHint)
    }

    static let damagedHint =
        "Save the model again from the library that trained it and compare the digests of both copies."

    static func check(_ count: Int, atMost most: Int, _ things: String) throws(GatehouseError) {
        guard count <= most else {
            throw GatehouseError(.tooLarge, "The model has more than \(most) \(things), the most that is read.")
        }
    }

    /// An option of the training library that this version does not score; never scored approximately.
    static func unsupported(_ option: String, of library: String) -> GatehouseError {
        GatehouseError(
            .notImplemented, "The native \(library) runner does not support \(option) yet.",
            hint: "Serve the model and use the endpoint runner, or score a column of predictions (runner: predictions).")
    }
}
