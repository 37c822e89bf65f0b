import GatehouseCore
import Scoring

/// The smallest models there are, one field of which a test replaces.
enum HandmadeModel {
    /// One split on feature 0 at 0.5: left -1, right 1. The pieces are JSON.
    static func xgboost(
        objective: String = "reg:squarederror", booster: String = "gbtree", classes: String = "0", features: String = "2",
        names: String = "[]", base: String = #""5E-1""#, declaredTrees: String = "1", treeInfo: String = "[0]",
        nodes: String = "3", left: String = "[1,-1,-1]", right: String = "[2,-1,-1]", indices: String = "[0,0,0]",
        conditions: String = "[0.5,-1,1]", defaultLeft: String = "[1,0,0]", splitType: String = "[0,0,0]",
        attributes: String = "{}", targets: String = "1", treeMore: String = "", modelMore: String = "", leafSize: String = "1"
    ) -> [UInt8] {
        Array(
            """
            {"version":[3,2,0],"learner":{"attributes":\(attributes),"feature_names":\(names),"feature_types":[],
            "gradient_booster":{"name":"\(booster)","model":{"gbtree_model_param":{"num_trees":"\(declaredTrees)"},\(modelMore)
            "tree_info":\(treeInfo),"trees":[{"tree_param":{"num_nodes":"\(nodes)","size_leaf_vector":"\(leafSize)"},\(treeMore)
            "left_children":\(left),"right_children":\(right),"split_indices":\(indices),"split_conditions":\(conditions),
            "default_left":\(defaultLeft),"split_type":\(splitType)}]}},
            "learner_model_param":{"base_score":\(base),"num_class":"\(classes)","num_feature":"\(features)",
            "num_target":"\(targets)"},
            "objective":{"name":"\(objective)"}}}
            """.utf8)
    }

    /// Two splits: feature 0 at 0.5, then on its left feature 1 at 1.5; leaves 1, 2, 3.
    static func lightGBM(
        version: String = "v4", perIteration: String = "1", lastFeature: String = "1", names: String = "a b",
        objective: String = "regression", treeSizes: String = "100", title: String = "Tree=0", leaves: String = "3",
        features: String = "0 1", thresholds: String = "0.5 1.5", decisions: String = "10 8", left: String = "1 -1",
        right: String = "-2 -3", values: String = "1 2 3", more: String = "is_linear=0", end: String = "end of trees\n"
    ) -> [UInt8] {
        Array(
            """
            tree
            version=\(version)
            num_class=1
            num_tree_per_iteration=\(perIteration)
            max_feature_idx=\(lastFeature)
            objective=\(objective)
            feature_names=\(names)
            tree_sizes=\(treeSizes)

            \(title)
            num_leaves=\(leaves)
            num_cat=0
            split_feature=\(features)
            threshold=\(thresholds)
            decision_type=\(decisions)
            left_child=\(left)
            right_child=\(right)
            leaf_value=\(values)
            \(more)


            \(end)
            """.utf8)
    }

    static func numbers(_ columns: [(String, [Double])]) -> Table {
        Table(
            rowCount: columns.first?.1.count ?? 0,
            columns: columns.map { TableColumn(name: $0.0, values: .numeric($0.1)) })
    }
}
