"""Groups `staging` and `marts`: the dbt project as Dagster assets and checks."""
