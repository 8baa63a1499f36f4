"""What a tip's page shows. It only reads."""
