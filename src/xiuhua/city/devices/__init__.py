"""The ledger of sensors and gateways, their last readings, named lists."""
