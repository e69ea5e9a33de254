"""Where the local Redshift listens and keeps its state."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

HOST = "127.0.0.1"
DATABASE = "dev"
USER = "awsuser"
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
WORKGROUP = "local"
NAMESPACE_ID = "00000000-0000-0000-0000-000000000000"
NAMESPACE_ARN = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT_ID}:namespace/{NAMESPACE_ID}"


class Settings(BaseSettings):
    """Read from ``LOCAL_REDSHIFT_*`` variables or ``.env``, so that instances run side by side."""

    model_config = SettingsConfigDict(
        env_prefix="LOCAL_REDSHIFT_", env_file=".env", extra="ignore", frozen=True
    )

    sql_port: int = 5439
    aws_port: int = 5440
    data_dir: Path = Path(".local")
    password: SecretStr = SecretStr("Local-Redshift-1")
