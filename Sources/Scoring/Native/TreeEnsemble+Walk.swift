extension TreeEnsemble {
    /// What some rows walk over, once for all tiles of a block.
    struct Walk: ~Copyable {
        let tile: FeatureTile<Scalar>
        /// Where each row of the tile has arrived.
        let arrived: UnsafeMutablePointer<UInt32>

        init(slotCount: Int) {
            tile = FeatureTile(slotCount: slotCount)
            arrived = .allocate(capacity: tile.rowsMax)
            arrived.initialize(repeating: 0, count: tile.rowsMax)
        }

        deinit { arrived.deallocate() }
    }

    /// Adds the leaves of the trees in `range` to `sums`, tree after tree: the order the libraries add in, so sums are
    /// bit-equal. `sums` holds `outputs` numbers for each of `rows`.
    ///
    /// Returns the first row of a tile with an infinite number, nil when all is well. Specialised by name because a debug
    /// build compiles file by file and would run the generic form, eight times slower.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    func addLeaves(
        of range: Range<Int>, rows: Range<Int>, columns: [FeatureColumn], to sums: inout [Scalar]
    ) -> Range<Int>? {
        precondition(sums.count == rows.count * outputs, "every row has its sums")
        return forEachTile(rows, columns) { walk, tile, nodes in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let first = sums.baseAddress else { return }
                let target = first + (tile.lowerBound - rows.lowerBound) * outputs
                for tree in trees[range] {
                    arrive(tree, nodes: nodes, walk: walk, count: tile.count)
                    add(tree.target, nodes: nodes, walk: walk, count: tile.count, to: target)
                }
            }
        }
    }

    /// Writes what the library calls the leaf of each tree in `range`, a row of `leaves` per row of data.
    ///
    /// Returns the first rows with an infinite number, nil when all is well.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    func findLeaves(
        of range: Range<Int>, rows: Range<Int>, columns: [FeatureColumn], in leaves: inout [Int32]
    ) -> Range<Int>? {
        precondition(leaves.count == rows.count * range.count, "every row has a leaf per tree")
        return forEachTile(rows, columns) { walk, tile, nodes in
            for (position, tree) in trees[range].enumerated() {
                arrive(tree, nodes: nodes, walk: walk, count: tile.count)
                for row in 0..<tile.count {
                    let target = (tile.lowerBound - rows.lowerBound + row) * range.count + position
                    leaves[target] = leafNumbers[Int(walk.arrived[row])]
                }
            }
        }
    }

    @inline(__always)
    private func forEachTile(
        _ rows: Range<Int>, _ columns: [FeatureColumn],
        _ body: (borrowing Walk, Range<Int>, UnsafePointer<Node>) -> Void
    ) -> Range<Int>? {
        let walk = Walk(slotCount: slots.count)
        return nodes.withUnsafeBufferPointer { nodes -> Range<Int>? in
            guard let node = nodes.baseAddress else { return nil }
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: walk.tile.rowsMax) {
                let tile = start..<min(rows.upperBound, start + walk.tile.rowsMax)
                guard walk.tile.fill(tile, of: columns, slots: slots) else { return tile }
                body(walk, tile, node)
            }
            return nil
        }
    }

    // MARK: - Down one tree

    /// Levels walked without asking whether all rows of a group have arrived: asking costs more than a few idle steps.
    private static var levelsUnasked: Int32 { 12 }

    @inline(__always)
    private func arrive(_ tree: Tree, nodes: UnsafePointer<Node>, walk: borrowing Walk, count: Int) {
        if tree.hasCategories {
            arriveAsking(tree, nodes: nodes, walk: walk, count: count)
        } else {
            arriveComparing(tree, nodes: nodes, walk: walk, count: count)
        }
    }

    /// Eight rows walk down at once, without branches: the processor works on all of them while each waits for memory.
    /// Rows beyond `count` walk along, their numbers being whatever the tile held; nobody looks where they arrive.
    ///
    /// Unchecked pointers are sound here because `append` has checked every child and made every slot.
    @inline(__always)
    private func arriveComparing(_ tree: Tree, nodes: UnsafePointer<Node>, walk: borrowing Walk, count: Int) {
        let width = walk.tile.width
        for group in stride(from: 0, to: count, by: FeatureTile<Scalar>.lanes) {
            let row0 = UnsafePointer(walk.tile.values) + group * width
            let (row1, row2, row3) = (row0 + width, row0 + 2 * width, row0 + 3 * width)
            let row4 = row0 + 4 * width
            let (row5, row6, row7) = (row4 + width, row4 + 2 * width, row4 + 3 * width)
            var (at0, at1, at2, at3) = (tree.root, tree.root, tree.root, tree.root)
            var (at4, at5, at6, at7) = (tree.root, tree.root, tree.root, tree.root)
            var level: Int32 = 0
            while level < tree.depth {
                let before = (at0, at1, at2, at3, at4, at5, at6, at7)
                at0 = Self.child(nodes, at0, row0)
                at1 = Self.child(nodes, at1, row1)
                at2 = Self.child(nodes, at2, row2)
                at3 = Self.child(nodes, at3, row3)
                at4 = Self.child(nodes, at4, row4)
                at5 = Self.child(nodes, at5, row5)
                at6 = Self.child(nodes, at6, row6)
                at7 = Self.child(nodes, at7, row7)
                level += 1
                if level >= Self.levelsUnasked {
                    let moved0 = (before.0 ^ at0) | (before.1 ^ at1) | (before.2 ^ at2) | (before.3 ^ at3)
                    let moved4 = (before.4 ^ at4) | (before.5 ^ at5) | (before.6 ^ at6) | (before.7 ^ at7)
                    if moved0 | moved4 == 0 { break }
                }
            }
            let arrived = walk.arrived + group
            (arrived[0], arrived[1], arrived[2], arrived[3]) = (at0, at1, at2, at3)
            (arrived[4], arrived[5], arrived[6], arrived[7]) = (at4, at5, at6, at7)
        }
    }

    /// The child a row goes to; a leaf is its own child.
    @inline(__always)
    private static func child(_ nodes: UnsafePointer<Node>, _ index: UInt32, _ row: UnsafePointer<Scalar>) -> UInt32 {
        let node = nodes + Int(index)
        return node.pointee.left &+ (row[Int(node.pointee.slot)] > node.pointee.value ? 1 : 0)
    }

    /// One row after the other, down a tree that also asks for categories.
    @inline(__always)
    private func arriveAsking(_ tree: Tree, nodes: UnsafePointer<Node>, walk: borrowing Walk, count: Int) {
        categorySets.withUnsafeBufferPointer { sets in
            categoryWords.withUnsafeBufferPointer { words in
                for row in 0..<count {
                    let values = UnsafePointer(walk.tile.values) + row * walk.tile.width
                    var index = tree.root
                    while true {
                        let node = nodes + Int(index)
                        let slot = node.pointee.slot
                        if slot == 0 { break }
                        let value = values[Int(slot & ~Self.categoryBit)]
                        let goesRight =
                            slot & Self.categoryBit == 0
                            ? value > node.pointee.value
                            : Self.isInSet(value, sets[Int(node.pointee.value.carriedIndex)], words)
                        index = node.pointee.left &+ (goesRight ? 1 : 0)
                    }
                    walk.arrived[row] = index
                }
            }
        }
    }

    /// Whether a tile's category goes right: it is in the set, or missing and sent there (-2).
    @inline(__always)
    private static func isInSet(_ value: Scalar, _ set: CategorySet, _ words: UnsafeBufferPointer<UInt32>) -> Bool {
        let code = Int32(value)  // a tile's categories are whole numbers from -2 to 2³¹ - 1
        guard code >= 0 else { return code == -2 }
        guard code < set.bitCount else { return false }
        return words[set.firstWord + Int(code >> 5)] >> UInt32(code & 31) & 1 == 1
    }

    // MARK: - What a leaf adds

    @inline(__always)
    private func add(
        _ target: Target, nodes: UnsafePointer<Node>, walk: borrowing Walk, count: Int, to sums: UnsafeMutablePointer<Scalar>
    ) {
        switch target {
        case .output(let output):
            for row in 0..<count { sums[row &* outputs &+ output] += nodes[Int(walk.arrived[row])].value }
        case .allOutputs:
            for row in 0..<count {
                let first = Int(nodes[Int(walk.arrived[row])].value.carriedIndex) * outputs
                for output in 0..<outputs { sums[row * outputs + output] += leafVectors[first + output] }
            }
        case .linear(let output):
            for row in 0..<count {
                let leaf = linearLeaves[Int(nodes[Int(walk.arrived[row])].value.carriedIndex)]
                let values = walk.tile.values + row * walk.tile.width
                var sum = leaf.constant
                for term in linearTerms[leaf.terms] {
                    let value = values[Int(term.slot)]
                    guard !value.isNaN else {
                        sum = leaf.fallback
                        break
                    }
                    sum += term.coefficient * value
                }
                sums[row * outputs + output] += sum
            }
        }
    }
}
