package import GatehouseCore
import Gates
package import Storage

extension PolicyBook {
    /// Whether what a model's versions sealed must stay where it is. Where no policy is in force, files are as free as MLflow's:
    /// a version then keeps the digest of what was sealed, though other bytes may stand at its source.
    package func keepsSealedFiles(of model: ModelName, _ tx: SQLTransaction) throws -> Bool {
        try policy(for: model, tx).policy.enforcement != .off
    }
}
