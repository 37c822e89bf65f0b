/// Who keeps an eye on the log from outside, and on whose logs this server keeps one.
package struct OutsideParties: Sendable {
    package let mirrors: MirrorBoard
    package let witnesses: WitnessBoard
    /// Nil: this server is no witness.
    package let witness: Witness?

    package init(mirrors: MirrorBoard = MirrorBoard(), witnesses: WitnessBoard = WitnessBoard(), witness: Witness? = nil) {
        self.mirrors = mirrors
        self.witnesses = witnesses
        self.witness = witness
    }
}

extension MirroredLog {
    package init(_ directory: TileDirectory) {
        self.init(checkpoint: { try directory.checkpoint() }, tile: { try directory.tile($0) })
    }
}
