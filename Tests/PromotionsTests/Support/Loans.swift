import GatehouseCore
import Registry
import Scoring

/// Loan applications made for these tests. `utilisation` decides, apart from every tenth row: a model that splits on it at
/// 0.5 is right about 90 % of both classes (AUC 0.9), in both age bands alike. `late_payments` is noise.
struct Loan {
    var utilisation: String
    var latePayments: String
    var ageBand: String
    var defaulted: String

    static let header = "utilisation,late_payments,age_band,defaulted"

    init(row: Int) {
        let hundredth = row % 100
        utilisation = hundredth < 10 ? "0.0\(hundredth)" : "0.\(hundredth)"
        latePayments = String(row % 7)
        ageBand = row / 100 % 2 == 0 ? "18-30" : "31-65"
        defaulted = (hundredth >= 50) == (row % 10 != 3) ? "1" : "0"
    }

    /// A CSV file of `rows` loans, each changed by `change`.
    static func csv(rows: Int = 400, _ change: (Int, inout Loan) -> Void = { _, _ in }) -> String {
        let lines = (0..<rows).map { row in
            var loan = Loan(row: row)
            change(row, &loan)
            return [loan.utilisation, loan.latePayments, loan.ageBand, loan.defaulted].joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\n") + "\n"
    }

    static let schema = [
        FieldSchema(name: "utilisation", type: .double, isRequired: true),
        FieldSchema(name: "late_payments", type: .long, isRequired: true),
    ]
}

/// The files of an MLflow model directory around a LightGBM tree with one split, written as LightGBM 4 saves it.
enum LoanModel {
    /// Right about 90 % of both classes.
    static let good = files(splitAt: 0.495)
    /// AUC 0.74: finds 54 % of the defaults and takes 6 % of the others for one.
    static let weak = files(splitAt: 0.695)

    static func files(splitAt threshold: Double, signature: String? = defaultSignature) -> [String: String] {
        var files = [
            "model.lgb": tree(threshold), "MLmodel": description(signature), "model_card.md": card,
        ]
        files["feature_stats.json"] = trainingStatistics
        return files
    }

    static let defaultSignature =
        #"'[{"name": "utilisation", "type": "double"}, {"name": "late_payments", "type": "long"}]'"#

    private static func description(_ signature: String?) -> String {
        """
        flavors:
          lightgbm: {data: model.lgb, lgb_version: 4.6.0, model_class: lightgbm.basic.Booster}
          python_function: {data: model.lgb, loader_module: mlflow.lightgbm}
        \(signature.map { "signature:\n  inputs: \($0)\n  outputs: '[{\"name\": \"score\", \"type\": \"double\"}]'\n" } ?? "")
        """
    }

    private static func tree(_ threshold: Double) -> String {
        """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        label_index=0
        max_feature_idx=1
        objective=binary sigmoid:1
        feature_names=utilisation late_payments
        feature_infos=[0:1] [0:6]
        tree_sizes=200

        Tree=0
        num_leaves=2
        num_cat=0
        split_feature=0
        split_gain=1
        threshold=\(threshold)
        decision_type=2
        left_child=-1
        right_child=-2
        leaf_value=-1.4 1.4
        is_linear=0
        shrinkage=1


        end of trees

        """
    }

    /// Profiled on the same distribution that `Loan.csv` draws from, so there is no drift unless a test makes some.
    static let trainingStatistics: String = {
        let read = try? DatasetReader.read(
            bytes: Array(Loan.csv().utf8), format: .csv, options: DatasetOptions(columns: ["utilisation", "late_payments"]))
        return read.map { FeatureStatistics(profiling: $0.table).json.canonicalText } ?? ""
    }()

    static let card = """
        # Loan default
        ## Intended use
        Ranking applications in tests.
        ## Training data
        The rows of `Loan.csv`.
        ## Evaluation
        AUC 0.9.
        ## Limitations
        - Made by hand.
        ## Owner
        The tests.

        """
}
