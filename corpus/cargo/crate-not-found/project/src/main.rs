fn main() {
    telemetry::started("ingest");
}
