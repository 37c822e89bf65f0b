/// Where MLflow's routes live: each exists for Python clients and, under another prefix, for browsers.
package enum MLflowPaths {
    package static let prefixes = ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"]
    package static let artifactPrefixes = ["/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"]
    package static let browserPrefixes = ["/ajax-api/2.0/mlflow"]
    package static let newerPrefixes = ["/api/3.0/mlflow", "/ajax-api/3.0/mlflow"]
    /// The MLflow release whose behaviour is kept; what `/version` answers.
    package static let version = "3.18.0"
}
