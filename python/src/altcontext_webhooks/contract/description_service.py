"""The contract of AltContext's description service: the default everywhere."""

from ..events import CONTRACT
from .contract import read_contract

description_service_contract = read_contract(CONTRACT)
