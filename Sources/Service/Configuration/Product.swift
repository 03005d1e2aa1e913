/// What the program calls itself.
public enum Product {
    /// The name of the program and of its metrics.
    public static let name = "stockkeeper"
    /// The version (https://semver.org).
    public static let version = "0.1.0"
}
