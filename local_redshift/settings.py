"""Where the local Redshift listens and keeps its state."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

HOST = "127.0.0.1"
DATABASE = "dev"
USER = "awsuser"
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
WORKGROUP = "local"
NAMESPACE_ID = "00000000-0000-0000-0000-000000000000"
NAMESPACE_ARN = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT_ID}:namespace/{NAMESPACE_ID}"

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Read from ``LOCAL_REDSHIFT_*`` variables or ``.env``, so that instances run side by side."""

    model_config = SettingsConfigDict(
        env_prefix="LOCAL_REDSHIFT_", env_file=".env", extra="ignore", frozen=True
    )

    sql_port: Port = 5439
    aws_port: Port = 5440
    data_dir: Path = Path(".local")
    password: SecretStr = SecretStr("Local-Redshift-1")
