import Glibc

extension Float: TreeScalar {
    package static func exponential(_ value: Float) -> Float { expf(value) }
    package static func logarithmOfOnePlus(_ value: Float) -> Float { log1pf(value) }
}

extension Double: TreeScalar {
    package static func exponential(_ value: Double) -> Double { exp(value) }
    package static func logarithmOfOnePlus(_ value: Double) -> Double { log1p(value) }
}

extension TreeEnsemble {
    /// Adds every tree's leaf to `margins`, tree after tree: the order the libraries add in, so sums are bit-equal.
    ///
    /// `rows` holds whole rows of `featureCount` numbers, `margins` as many rows of `outputs`. Specialised by name because
    /// a debug build compiles file by file and would run the generic form, eight times slower.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    func addLeaves(rows: [Scalar], to margins: inout [Scalar], outputs: Int) {
        let rowCount = margins.count / outputs
        precondition(rows.count == rowCount * featureCount, "every row has all features")
        rows.withUnsafeBufferPointer { rows in
            nodes.withUnsafeBufferPointer { nodes in
                margins.withUnsafeMutableBufferPointer { margins in
                    guard let row = rows.baseAddress, let node = nodes.baseAddress, let margin = margins.baseAddress else {
                        return
                    }
                    for tree in trees {
                        addLeaves(
                            of: tree, nodes: node, rows: row, rowCount: rowCount, to: margin + Int(tree.output), stride: outputs)
                    }
                }
            }
        }
    }

    /// Four rows walk down at once: the processor then waits for four loads together instead of one after the other.
    /// Unchecked pointers are sound here because `append` has checked every child and every feature.
    @inline(__always)
    private func addLeaves(
        of tree: Tree, nodes: UnsafePointer<Node>, rows: UnsafePointer<Scalar>, rowCount: Int,
        to margins: UnsafeMutablePointer<Scalar>, stride: Int
    ) {
        let firstLeaf = tree.firstLeaf
        var row = 0
        while row + 4 <= rowCount {
            let values0 = rows + row * featureCount
            let values1 = values0 + featureCount
            let values2 = values1 + featureCount
            let values3 = values2 + featureCount
            var (node0, node1, node2, node3) = (tree.root, tree.root, tree.root, tree.root)
            while min(min(node0, node1), min(node2, node3)) < firstLeaf {
                node0 = Self.child(of: nodes + Int(node0), values0)
                node1 = Self.child(of: nodes + Int(node1), values1)
                node2 = Self.child(of: nodes + Int(node2), values2)
                node3 = Self.child(of: nodes + Int(node3), values3)
            }
            let margin = margins + row * stride
            margin[0] += nodes[Int(node0)].value
            margin[stride] += nodes[Int(node1)].value
            margin[2 * stride] += nodes[Int(node2)].value
            margin[3 * stride] += nodes[Int(node3)].value
            row += 4
        }
        while row < rowCount {
            var node = tree.root
            while node < firstLeaf { node = Self.child(of: nodes + Int(node), rows + row * featureCount) }
            margins[row * stride] += nodes[Int(node)].value
            row += 1
        }
    }

    /// The child a row goes to; a leaf is its own child.
    @inline(__always)
    private static func child(of node: UnsafePointer<Node>, _ values: UnsafePointer<Scalar>) -> Int32 {
        let code = node.pointee.featureAndMissing
        let value = values[Int(code >> 1)]
        let goesLeft = value.isNaN ? code & 1 == 1 : value <= node.pointee.value
        return goesLeft ? node.pointee.left : node.pointee.right
    }
}
